package io.cloister.attestation.appraisal;

import static io.cloister.attestation.appraisal.IntelSample.fill;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.finding.FindingCode;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/// spec/evidence.md §6 for SGX: each test alters one field of an accepted case.
class SgxAppraisalTest {
    private static final HardwarePolicy EXACT =
            HardwarePolicy.of(
                    List.of(new SgxEnclaveValue("agent", fill(0x11, 32), SgxConfig.none())));
    private static final HardwarePolicy SIGNER = signer(SgxConfig.none());

    private final IntelSample sample = new IntelSample();

    private static HardwarePolicy signer(SgxConfig config) {
        return HardwarePolicy.of(
                List.of(
                        new SgxSignerValue(
                                "signed", fill(0x12, 32), 7, 3, fill(0, 16), fill(0, 16), config)));
    }

    private void refuses(HardwarePolicy policy, FindingCode... codes) {
        Appraised.of(sample.sgx(), policy).refuses(codes);
    }

    private void accepts(HardwarePolicy policy, FindingCode... relaxed) {
        Appraised.of(sample.sgx(), policy).accepts(relaxed);
    }

    @Nested
    class ReferenceValues {
        @Test
        void acceptsTheEnclaveItNames() {
            accepts(EXACT);
        }

        @Test
        void acceptsWhatTheSignerSigned() {
            accepts(SIGNER);
        }

        @Test
        void refusesEverythingIfThereAreNone() {
            refuses(HardwarePolicy.of(List.of()), FindingCode.REFERENCE_VALUES_PRESENT);
        }

        @Test
        void refusesEverythingIfThereAreNoneOfThisKind() {
            refuses(
                    HardwarePolicy.of(List.of(SnpGuestValue.of("guest", fill(0x11, 48)))),
                    FindingCode.REFERENCE_VALUES_PRESENT);
        }

        @Test
        void refusesAnotherEnclaveAndNamesWhatDiffers() {
            sample.mrEnclave = fill(0x13, 32);
            refuses(EXACT, FindingCode.MEASUREMENT);
            assertTrue(
                    Appraised.of(sample.sgx(), EXACT)
                            .finding(FindingCode.MEASUREMENT)
                            .sentence()
                            .endsWith("\"agent\" differs in mrEnclave"));
        }

        @Test
        void acceptsOneOfSeveral() {
            accepts(
                    HardwarePolicy.of(
                            List.of(
                                    new SgxEnclaveValue("x", fill(0x99, 32), SgxConfig.none()),
                                    EXACT.values().getFirst())));
        }

        @Test
        void refusesConfigurationThatTheValueDoesNotName() {
            sample.configId = fill(1, 64);
            refuses(EXACT, FindingCode.MEASUREMENT);
            refuses(SIGNER, FindingCode.MEASUREMENT);
        }

        @Test
        void acceptsConfigurationThatTheValueNames() {
            sample.configId = fill(1, 64);
            sample.configSvn = 4;
            accepts(signer(new SgxConfig(fill(1, 64), 4)));
        }

        @Test
        void refusesAnOlderConfiguration() {
            sample.configId = fill(1, 64);
            sample.configSvn = 3;
            refuses(signer(new SgxConfig(fill(1, 64), 4)), FindingCode.MEASUREMENT);
        }

        @Test
        void refusesAnotherSigner() {
            sample.mrSigner = fill(0x13, 32);
            refuses(SIGNER, FindingCode.MEASUREMENT);
        }

        @Test
        void refusesAnotherProductOfTheSigner() {
            sample.isvProdId = 8;
            refuses(SIGNER, FindingCode.MEASUREMENT);
        }

        @Test
        void refusesAnOlderVersion() {
            sample.isvSvn = 2;
            refuses(SIGNER, FindingCode.MEASUREMENT);
        }

        @Test
        void acceptsANewerVersion() {
            sample.isvSvn = 4;
            accepts(SIGNER);
        }

        @Test
        void refusesAnotherProductFamilyOrExtendedProduct() {
            sample.isvFamilyId = fill(1, 16);
            refuses(SIGNER, FindingCode.MEASUREMENT);
            sample.isvFamilyId = fill(0, 16);
            sample.isvExtProdId = fill(1, 16);
            refuses(SIGNER, FindingCode.MEASUREMENT);
        }
    }

    @Nested
    class ReportData {
        @Test
        void refusesEvidenceAboutSomethingElse() {
            byte[] other = sample.reportData.toArray();
            other[63] ^= 1;
            sample.reportData = Bytes.copyOf(other);
            refuses(EXACT, FindingCode.REPORT_DATA);
        }
    }

    @Nested
    class NarrowedByTheProposal {
        private void refusesUnder(String measurement, FindingCode... codes) {
            Appraised.of(sample.sgx(), EXACT, expecting(measurement), Appraised.NOW).refuses(codes);
        }

        private Expectation expecting(String measurement) {
            return new Expectation(sample.reportData, Narrowing.ofProposal(List.of(measurement)));
        }

        @Test
        void acceptsTheEnclaveItNames() {
            Appraised.of(sample.sgx(), EXACT, expecting("sgx:" + "11".repeat(32)), Appraised.NOW)
                    .accepts();
        }

        @Test
        void refusesAnother() {
            refusesUnder("sgx:" + "12".repeat(32), FindingCode.MEASUREMENT_NARROWED);
        }

        @Test
        void refusesTheSameDigitsUnderAnotherKind() {
            refusesUnder("tdx:" + "11".repeat(32), FindingCode.MEASUREMENT_NARROWED);
        }

        @Test
        void neverWidens() {
            sample.mrEnclave = fill(0x13, 32);
            refusesUnder("sgx:" + "13".repeat(32), FindingCode.MEASUREMENT);
        }
    }

    @Nested
    class Attributes {
        @Test
        void refusesDebugEnclaves() {
            sample.sgxFlags |= 1 << 1;
            refuses(EXACT, FindingCode.DEBUG);
            accepts(EXACT.allow(Relaxation.DEBUG, "a test"), FindingCode.DEBUG);
        }

        @Test
        void refusesEnclavesWithTheProvisionKey() {
            sample.sgxFlags |= 1 << 4;
            refuses(EXACT, FindingCode.SGX_PROVISION_KEY);
            accepts(EXACT.allow(Relaxation.PROVISION_KEY, "a test"), FindingCode.SGX_PROVISION_KEY);
        }

        @ParameterizedTest
        @ValueSource(ints = {5, 3, 8, 9, 11, 63})
        void refusesTheLaunchTokenKeyAndUnknownAttributes(int bit) {
            sample.sgxFlags |= 1L << bit;
            refuses(EXACT, FindingCode.SGX_ATTRIBUTES);
        }

        @Test
        void refusesEnclavesWhoseCodeIsReadAs32Bit() {
            sample.sgxFlags &= ~4;
            refuses(EXACT, FindingCode.SGX_ATTRIBUTES);
        }

        @Test
        void refusesEnclavesThatAreNotInitialised() {
            sample.sgxFlags &= ~1;
            refuses(EXACT, FindingCode.SGX_ATTRIBUTES);
        }
    }
}
