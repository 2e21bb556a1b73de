package io.cloister.attestation.intel;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.EcCurve;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Decides whether SGX and TDX quotes are authentic (spec/evidence.md §9).
///
/// *Holds for what it accepts*: processor, quoting enclave and every certificate, revocation list
/// and document of Intel's that vouches for them are authentic up to Intel's pinned root, nothing
/// of it is revoked, and all of it counts at the given instant. *Does not hold*: that the platform
/// is up to date, or the enclave the right one. What was read and whose signatures were checked is
/// remembered; dates, revocation and every comparison are made anew each time. Safe for use by many
/// threads.
public final class IntelVerification {
    private final PinnedKey root;
    private final SignatureChecks signatures;
    private final IntelCache cache;

    /// A verifier under `root`.
    ///
    /// @param root Intel's
    /// @param signatures what checks signatures
    public IntelVerification(PinnedKey root, SignatureChecks signatures) {
        this.root = root;
        this.signatures = signatures;
        this.cache = new IntelCache(signatures);
    }

    /// What an authentic quote says.
    ///
    /// @param quote the quote
    /// @param platform what its PCK certificate says
    /// @param tcb how Intel rates the platform; never `Revoked`
    /// @param validUntil the earliest end of all that was used
    public record Result(Quote quote, PckExtension platform, IntelTcb tcb, Instant validUntil) {}

    /// Verifies a quote as of `instant`, recording each check in `findings`. Nothing that has
    /// expired counts.
    ///
    /// @return what it says, if every check holds
    /// @throws CouldNotCheckException if an Endorsement is missing, and nothing else was found
    ///   wrong
    /// @throws MalformedException if the quote or an Endorsement has not the form it must have
    public Optional<Result> verify(
            Bytes bytes,
            TeeType kind,
            Endorsements endorsements,
            Instant instant,
            Findings findings)
            throws CouldNotCheckException, MalformedException {
        return verify(bytes, kind, endorsements, instant, Duration.ZERO, findings);
    }

    /// The same, but revocation lists, TCB info and QE identity may have expired lately, if nothing
    /// newer of theirs is at hand. Certificates may not.
    ///
    /// @param lateness how long ago at most; not negative
    /// @return what it says, if every check holds
    /// @throws CouldNotCheckException if an Endorsement is missing, and nothing else was found
    ///   wrong
    /// @throws MalformedException if the quote or an Endorsement has not the form it must have
    public Optional<Result> verify(
            Bytes bytes,
            TeeType kind,
            Endorsements endorsements,
            Instant instant,
            Duration lateness,
            Findings findings)
            throws CouldNotCheckException, MalformedException {
        Quote quote = Quote.parse(bytes);
        IntelMaterial material = cache.get(quote.signature().certification(), endorsements);
        var checks = new CheckList(findings, instant, lateness);
        if (!checks.require(
                FindingCode.INTEL_QUOTE_KIND,
                quote.header().teeType() == kind,
                "the quote is of kind " + kind,
                "the quote is of another kind than the Evidence says",
                kind.name(),
                quote.header().teeType().name())) {
            return Optional.empty();
        }
        try {
            return new Procedure(quote, material, checks).run();
        } catch (CouldNotCheckException e) {
            if (checks.refuses()) {
                return Optional.empty();
            }
            throw e.after(findings.all());
        }
    }

    /// One verification, run once by one thread. All that can be checked is checked, so that every
    /// reason is found.
    private final class Procedure {
        private final Quote quote;
        private final IntelMaterial material;
        private final CheckList checks;

        Procedure(Quote quote, IntelMaterial material, CheckList checks) {
            this.quote = quote;
            this.material = material;
            this.checks = checks;
        }

        Optional<Result> run() throws CouldNotCheckException, MalformedException {
            reservedBits();
            attestationKeyBound();
            quoteSignature();
            Certified certified = Candidates.first(pcks(), checks, this::certified);
            if (certified.authorities().isEmpty()) {
                return Optional.empty();
            }
            PckExtension platform = certified.platform();
            List<IntelChain.Signer> signers =
                    new IntelChain(material, root, checks)
                            .tcbSigners(certified.authorities().get());
            Optional<IntelTcb> tcb =
                    new IntelCollateral(quote, platform, material, signers, checks).rate();
            return tcb.isEmpty() || checks.refuses()
                    ? Optional.empty()
                    : Optional.of(new Result(quote, platform, tcb.get(), checks.validUntil()));
        }

        /// §9.1. A bit without a meaning may get one that a policy should have asked about.
        private void reservedBits() {
            long reserved =
                    switch (quote.body()) {
                        case SgxReport enclave -> enclave.attributes().reservedFlags();
                        case TdReport td -> td.attributes().reserved();
                    };
            checks.require(
                    FindingCode.INTEL_REPORT_RESERVED,
                    reserved == 0,
                    "the report sets no attribute without a meaning",
                    "the report sets attributes that have no meaning yet",
                    "0",
                    Long.toHexString(reserved));
        }

        /// §9.4. The quoting enclave's own word for its key: 32 bytes of hash, 32 of zeros.
        private void attestationKeyBound() {
            QuoteSignature signature = quote.signature();
            Sha256 digest =
                    Sha256.of(Bytes.concat(signature.attestationKey(), signature.authData()));
            Bytes reported = signature.qeReport().reportData();
            String expected = digest.hex() + "0".repeat(64);
            checks.require(
                    FindingCode.INTEL_ATTESTATION_KEY_BOUND,
                    reported.hex().equals(expected),
                    "the quoting enclave's report binds the attestation key",
                    "the quoting enclave's report binds another attestation key",
                    expected,
                    reported.hex());
        }

        /// §9.4.
        private void quoteSignature() throws MalformedException {
            ECPublicKey key =
                    EcCurve.P256.key(quote.signature().attestationKey(), "quote.attestationKey");
            checks.require(
                    FindingCode.INTEL_QUOTE_SIGNATURE,
                    signatures.raw(
                            EcCurve.P256, key, quote.signedBytes(), quote.signature().signature()),
                    "the quote is signed with the attestation key",
                    "the quote is not signed with the attestation key",
                    "",
                    "");
        }

        /// §9.4. The certificates that may be the PCK's: those inside the quote, or else those
        /// among the Endorsements. If any of them signed the quoting enclave's report, only such.
        private List<Pck> pcks() throws CouldNotCheckException, MalformedException {
            List<Certificate> from =
                    quote.signature().certification().isCertificates()
                            ? material.embedded()
                            : material.pool().certificates();
            List<Certificate> named =
                    from.stream()
                            .filter(one -> one.subject().commonName().contains(IntelChain.PCK_NAME))
                            .toList();
            if (named.isEmpty()) {
                throw new CouldNotCheckException(
                        "neither the quote (certification data type "
                                + quote.signature().certification().type()
                                + ") nor the Endorsements hold its PCK certificate; it comes from"
                                + " Intel's service, or from the platform's own cache");
            }
            var signing = new ArrayList<Pck>();
            for (Certificate one : named) {
                if (named.size() == 1 || material.isOnCurve(one)) {
                    boolean signed = isQeReportSigned(one);
                    if (signed || named.size() == 1) {
                        signing.add(new Pck(one, signed));
                    }
                }
            }
            return signing.isEmpty() ? List.of(new Pck(named.getFirst(), false)) : signing;
        }

        /// §9.2 to §9.4 for one of them.
        private Certified certified(Pck pck, CheckList trial)
                throws CouldNotCheckException, MalformedException {
            trial.require(
                    FindingCode.INTEL_QE_REPORT_SIGNATURE,
                    pck.signedQeReport(),
                    "the quoting enclave's report is signed with the PCK",
                    "the quoting enclave's report is not signed with the PCK",
                    "",
                    "");
            PckExtension platform = material.platform(pck.certificate());
            String issuer = pck.certificate().issuer().commonName();
            boolean byPlatformCa = issuer.equals(IntelChain.PLATFORM_CA);
            trial.require(
                    FindingCode.INTEL_CERTIFICATE_PROFILE,
                    platform.platform().isPresent() == byPlatformCa
                            || !IntelChain.PCK_AUTHORITIES.contains(issuer),
                    "the PCK certificate says what those of its authority say",
                    "the PCK certificate says "
                            + (byPlatformCa ? "nothing" : "something")
                            + " of its platform's instance and configuration",
                    byPlatformCa ? "both, as by " + IntelChain.PLATFORM_CA : "neither",
                    byPlatformCa ? "neither" : "both");
            return new Certified(
                    platform, new IntelChain(material, root, trial).verify(pck.certificate()));
        }

        private boolean isQeReportSigned(Certificate pck) throws MalformedException {
            return signatures.raw(
                    EcCurve.P256,
                    material.key(pck),
                    quote.signature().qeReportBytes(),
                    quote.signature().qeReportSignature());
        }
    }

    /// What may be the PCK's certificate.
    private record Pck(Certificate certificate, boolean signedQeReport) {}

    /// A PCK certificate, read, with who vouches for it; empty if nobody does who may.
    private record Certified(PckExtension platform, Optional<IntelChain.Authorities> authorities) {}
}
