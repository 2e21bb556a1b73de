package io.cloister.attestation.evidence;

import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.intel.IntelTcb;
import io.cloister.attestation.intel.PckExtension;
import io.cloister.attestation.intel.SgxReport;
import io.cloister.attestation.intel.TdReport;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;

import java.time.Instant;
import java.util.List;

/// What Evidence says. Whether it is true is said by the type that holds it: see
/// [VerifiedEvidence].
public sealed interface Claims {
    /// The 64 bytes the enclave had bound to the Evidence.
    Bytes reportData();

    /// The measurement in the form in which a proposal names it: kind, colon, hexadecimal digits.
    String measurementText();

    /// The last instant at which everything the Evidence chains to is valid.
    Instant validUntil();

    /// Claims of a simulated platform.
    ///
    /// @param statement what it says of the enclave
    /// @param platformKey what signed the statement
    /// @param root what certified the platform key
    /// @param validUntil the certificate's last instant
    record Simulated(
            SimulatedStatement statement,
            PublicSigningKey platformKey,
            PublicSigningKey root,
            Instant validUntil)
            implements Claims {
        /// What the enclave consists of.
        public Measurement measurement() {
            return statement.measurement();
        }

        @Override
        public Bytes reportData() {
            return statement.reportData();
        }

        @Override
        public String measurementText() {
            return measurement().text();
        }
    }

    /// Claims of an SGX quote.
    ///
    /// @param enclave what the processor says of the enclave
    /// @param platform what Intel certified of the platform
    /// @param tcb how Intel rates it; never `Revoked`
    /// @param validUntil the earliest end of what was used to verify it: certificates, revocation
    ///   lists, TCB info, QE identity
    record Sgx(SgxReport enclave, PckExtension platform, IntelTcb tcb, Instant validUntil)
            implements Claims {
        @Override
        public Bytes reportData() {
            return enclave.reportData();
        }

        /// `sgx:` and MRENCLAVE.
        @Override
        public String measurementText() {
            return "sgx:" + enclave.mrEnclave().hex();
        }
    }

    /// Claims of a TDX quote.
    ///
    /// @param td what the TDX module says of the TD
    /// @param platform what Intel certified of the platform
    /// @param tcb how Intel rates it; never `Revoked`
    /// @param validUntil as for SGX
    record Tdx(TdReport td, PckExtension platform, IntelTcb tcb, Instant validUntil)
            implements Claims {
        @Override
        public Bytes reportData() {
            return td.reportData();
        }

        /// `tdx:` and SHA-256 over MRTD, RTMR0, RTMR1, RTMR2 and RTMR3: all that was measured.
        @Override
        public String measurementText() {
            return measurementText(td.mrTd(), td.rtmrs());
        }

        /// The same for a TD that is expected.
        ///
        /// @param mrTd 48 bytes
        /// @param rtmrs four of 48 bytes
        public static String measurementText(Bytes mrTd, List<Bytes> rtmrs) {
            Bytes registers = Bytes.concat(rtmrs.toArray(Bytes[]::new));
            return "tdx:" + Sha256.of(Bytes.concat(mrTd, registers)).hex();
        }
    }

    /// Claims of an AMD SEV-SNP guest.
    ///
    /// @param report everything the report says
    /// @param product the product line, on which the meaning of TCB versions depends
    /// @param chip the chip that the VCEK was issued for: 64 bytes, 8 on Turin; empty under a VLEK.
    ///   The report itself may have it masked
    /// @param cloudProvider the cloud provider that the VLEK was issued for; empty under a VCEK
    /// @param revocationAsOf when the revocation list was issued that nothing stands on
    /// @param validUntil first end among certificates and revocation list
    record Snp(
            SnpReport report,
            SnpProduct product,
            Bytes chip,
            String cloudProvider,
            Instant revocationAsOf,
            Instant validUntil)
            implements Claims {
        /// The launch digest, 48 bytes.
        public Bytes measurement() {
            return report.measurement();
        }

        @Override
        public Bytes reportData() {
            return report.reportData();
        }

        @Override
        public String measurementText() {
            return "snp:" + report.measurement().hex();
        }
    }
}
