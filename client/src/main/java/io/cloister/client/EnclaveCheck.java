package io.cloister.client;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.AttestationCheck;
import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.attestation.appraisal.Expectation;
import io.cloister.attestation.appraisal.Narrowing;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.client.Finding.Kind;
import io.cloister.client.endorsement.Origin;
import io.cloister.client.server.Published;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.VerifiedAgreement;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Whether an enclave is what it says, serves exactly this agreement, and is one this person's
/// policy accepts (spec/documents.md §6 and spec/evidence.md).
final class EnclaveCheck {
    /// Code of the finding that Endorsements are missing.
    static final String ENDORSEMENTS = "endorsements";

    private EnclaveCheck() {}

    /// An enclave that passed.
    ///
    /// @param identity vouched for by Evidence
    /// @param attestation why
    /// @param origins where Endorsements came from that were fetched for it
    record Enclave(
            EnclaveIdentity identity,
            AttestationResult.Affirmed attestation,
            List<Origin> origins) {
        Enclave {
            origins = List.copyOf(origins);
        }

        Enclave with(List<Origin> fetched) {
            return new Enclave(identity, attestation, fetched);
        }
    }

    /// Makes all checks.
    ///
    /// @param expected digest of the identity that was asked for
    /// @param agreement what it must serve
    /// @param policy this person's own
    /// @param now for expiry and certificates
    static Verdict<Enclave> check(
            Published published,
            Sha256 expected,
            VerifiedAgreement agreement,
            AppraisalPolicy policy,
            Instant now) {
        return check(published, expected, agreement, policy, now, Endorsements.none());
    }

    /// As above, with Endorsements that the enclave did not publish.
    ///
    /// @param more taken together with those it did
    static Verdict<Enclave> check(
            Published published,
            Sha256 expected,
            VerifiedAgreement agreement,
            AppraisalPolicy policy,
            Instant now,
            Endorsements more) {
        return check(Verifier.standard(), published, expected, agreement, policy, now, more);
    }

    /// As above, under other roots than the vendors' own.
    static Verdict<Enclave> check(
            Verifier verifier,
            Published published,
            Sha256 expected,
            VerifiedAgreement agreement,
            AppraisalPolicy policy,
            Instant now,
            Endorsements more) {
        var findings = new Findings();
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "identity-digest",
                "the server shows another identity than the one asked for",
                expected,
                Sha256.of(published.identity()));
        Optional<EnclaveIdentity> read =
                findings.reading("identity", () -> EnclaveIdentity.parse(published.identity()));
        if (read.isEmpty()) {
            return findings.refused();
        }
        EnclaveIdentity identity = read.get();
        checkServes(identity, agreement, findings);
        Optional<AttestationResult.Affirmed> attestation =
                attest(
                        verifier,
                        findings.reading("evidence", () -> bundle(published, more)),
                        identity,
                        agreement,
                        policy,
                        now,
                        findings);
        if (attestation.isEmpty()) {
            return findings.refused();
        }
        checkRuntime(attestation.get(), agreement, findings);
        return findings.verdict(new Enclave(identity, attestation.get(), List.of()));
    }

    static void checkServes(
            EnclaveIdentity identity, VerifiedAgreement agreement, Findings findings) {
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "identity-computation",
                "the enclave serves another computation",
                agreement.computation(),
                identity.computation());
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "identity-agreement",
                "the enclave serves another agreement",
                agreement.digest(),
                identity.agreement());
        findings.requireEqual(
                Kind.NOT_ACCEPTABLE,
                "identity-runtime",
                "the enclave has other Python packages than the agreement names",
                agreement.proposal().runtime(),
                identity.runtime());
        findings.require(
                identity.isolation().compareTo(agreement.terms().isolation()) >= 0,
                Kind.NOT_ACCEPTABLE,
                "identity-isolation",
                "the enclave isolates user code less than the agreement demands");
        findings.require(
                agreement.cards().stream()
                        .noneMatch(card ->
                                card.signingKey().equals(identity.signingKey())
                                        || card.recipient().equals(identity.recipient())),
                Kind.NOT_AUTHENTIC,
                "identity-keys",
                "the enclave's keys are a participant's");
    }

    static EvidenceBundle bundle(Published published) throws MalformedException {
        try {
            return EvidenceBundle.parse(published.evidence());
        } catch (UnknownKindException e) {
            throw new MalformedException("evidence.kind", "a kind this client knows", e.kind());
        }
    }

    private static EvidenceBundle bundle(Published published, Endorsements more)
            throws MalformedException {
        EvidenceBundle bundle = bundle(published);
        return new EvidenceBundle(
                bundle.evidence(), bundle.endorsements().with(more, "evidence.endorsements"));
    }

    private static Optional<AttestationResult.Affirmed> attest(
            Verifier verifier,
            Optional<EvidenceBundle> bundle,
            EnclaveIdentity identity,
            VerifiedAgreement agreement,
            AppraisalPolicy policy,
            Instant now,
            Findings findings) {
        if (bundle.isEmpty()) {
            return Optional.empty();
        }
        Narrowing narrowing = Narrowing.ofProposal(agreement.proposal().measurements());
        return attest(
                verifier, bundle.get(), Expectation.of(identity, narrowing), policy, now, findings);
    }

    static Optional<AttestationResult.Affirmed> attest(
            EvidenceBundle bundle,
            Expectation expectation,
            AppraisalPolicy policy,
            Instant now,
            Findings findings) {
        return attest(Verifier.standard(), bundle, expectation, policy, now, findings);
    }

    private static Optional<AttestationResult.Affirmed> attest(
            Verifier verifier,
            EvidenceBundle bundle,
            Expectation expectation,
            AppraisalPolicy policy,
            Instant now,
            Findings findings) {
        AttestationResult result;
        try {
            result = AttestationCheck.check(verifier, bundle, policy, expectation, now);
        } catch (CouldNotCheckException e) {
            findings.add(Kind.COULD_NOT_CHECK, ENDORSEMENTS, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
        return switch (result) {
            case AttestationResult.Affirmed affirmed -> Optional.of(affirmed);
            case AttestationResult.Refused refused -> {
                add(refused, findings);
                yield Optional.empty();
            }
        };
    }

    private static void add(AttestationResult.Refused refused, Findings findings) {
        Kind kind =
                switch (refused.stage()) {
                    case PARSE -> Kind.MALFORMED;
                    case VERIFY -> Kind.NOT_AUTHENTIC;
                    case APPRAISE -> Kind.NOT_ACCEPTABLE;
                };
        findings.addAll(
                refused.reasons().stream()
                        .map(reason ->
                                new Finding(
                                        kind,
                                        reason.code().code(),
                                        reason.sentence(),
                                        reason.expected(),
                                        reason.actual()))
                        .toList());
    }

    static void checkRuntime(
            AttestationResult.Affirmed attestation,
            VerifiedAgreement agreement,
            Findings findings) {
        switch (attestation.claims()) {
            case Claims.Simulated simulated ->
                    findings.requireEqual(
                            Kind.NOT_ACCEPTABLE,
                            "measured-runtime",
                            "the enclave was measured with other Python packages than the agreement"
                                    + " names",
                            agreement.proposal().runtime().digest(),
                            simulated.measurement().runtime());
            // The measured image hashes the packages into the identity that the Evidence binds.
            case Claims.Sgx _, Claims.Tdx _, Claims.Snp _ -> {}
        }
    }
}
