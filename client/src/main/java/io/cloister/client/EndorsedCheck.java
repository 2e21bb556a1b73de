package io.cloister.client;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.client.EnclaveCheck.Enclave;
import io.cloister.client.Finding.Kind;
import io.cloister.client.endorsement.EndorsementSource;
import io.cloister.client.endorsement.Refresh;
import io.cloister.client.server.Published;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.VerifiedAgreement;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// [EnclaveCheck], with a source to ask where the enclave published too little to be checked, or
/// what has expired or soon will. What was fetched is taken together with what the enclave
/// published, and believed no more.
///
/// @param verifier decides what is authentic
/// @param source this person's own choice; nothing to ask nobody
record EndorsedCheck(Verifier verifier, Optional<EndorsementSource> source) {
    /// With the vendors' own roots.
    EndorsedCheck(Optional<EndorsementSource> source) {
        this(Verifier.standard(), source);
    }

    Verdict<Enclave> check(
            Published published,
            Sha256 expected,
            VerifiedAgreement agreement,
            AppraisalPolicy policy,
            Instant now)
            throws InterruptedException {
        Verdict<Enclave> verdict =
                EnclaveCheck.check(
                        verifier, published, expected, agreement, policy, now, Endorsements.none());
        boolean lacks = has(verdict, EnclaveCheck.ENDORSEMENTS::equals);
        if (source.isEmpty()
                || !(lacks || has(verdict, Refresh::mends) || isAboutToExpire(verdict, now))) {
            return verdict;
        }
        Endorsements fetched;
        try {
            EvidenceBundle bundle = EnclaveCheck.bundle(published);
            fetched = source.get().fetch(bundle.evidence(), bundle.endorsements()).endorsements();
        } catch (CouldNotCheckException e) {
            return lacks ? refused(Kind.COULD_NOT_CHECK, e) : verdict;
        } catch (MalformedException e) {
            return lacks ? refused(Kind.MALFORMED, e) : verdict;
        }
        return EnclaveCheck.check(verifier, published, expected, agreement, policy, now, fetched);
    }

    private static boolean has(Verdict<Enclave> verdict, Predicate<String> code) {
        return switch (verdict) {
            case Verdict.Accepted<Enclave> _ -> false;
            case Verdict.Refused<Enclave>(var findings) ->
                    findings.stream().map(Finding::code).anyMatch(code);
        };
    }

    private static boolean isAboutToExpire(Verdict<Enclave> verdict, Instant now) {
        return switch (verdict) {
            case Verdict.Accepted<Enclave>(var enclave) ->
                    enclave.attestation().kind().isHardware()
                            && Refresh.isDue(enclave.attestation().claims().validUntil(), now);
            case Verdict.Refused<Enclave> _ -> false;
        };
    }

    private static Verdict<Enclave> refused(Kind kind, Exception reason) {
        return new Verdict.Refused<>(
                List.of(
                        new Finding(
                                kind,
                                EnclaveCheck.ENDORSEMENTS,
                                String.valueOf(reason.getMessage()))));
    }
}
