package io.cloister.client;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.client.EnclaveCheck.Enclave;
import io.cloister.client.Finding.Kind;
import io.cloister.client.endorsement.EndorsementSource;
import io.cloister.client.server.Published;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.VerifiedAgreement;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// [EnclaveCheck], with a source to ask where the enclave published too little to be checked. What
/// the enclave did publish is not replaced: an Endorsement that is there and wrong refuses.
///
/// @param source this person's own choice; nothing to ask nobody
record EndorsedCheck(Optional<EndorsementSource> source) {
    Verdict<Enclave> check(
            Published published,
            Sha256 expected,
            VerifiedAgreement agreement,
            AppraisalPolicy policy,
            Instant now)
            throws InterruptedException {
        Verdict<Enclave> verdict = EnclaveCheck.check(published, expected, agreement, policy, now);
        if (source.isEmpty() || !lacksEndorsements(verdict)) {
            return verdict;
        }
        Endorsements fetched;
        try {
            EvidenceBundle bundle = EnclaveCheck.bundle(published);
            fetched = source.get().fetch(bundle.evidence(), bundle.endorsements()).endorsements();
        } catch (CouldNotCheckException e) {
            return refused(Kind.COULD_NOT_CHECK, e);
        } catch (MalformedException e) {
            return refused(Kind.MALFORMED, e);
        }
        return EnclaveCheck.check(published, expected, agreement, policy, now, fetched);
    }

    private static boolean lacksEndorsements(Verdict<Enclave> verdict) {
        return switch (verdict) {
            case Verdict.Accepted<Enclave> _ -> false;
            case Verdict.Refused<Enclave>(var findings) ->
                    findings.stream().anyMatch(one -> one.code().equals(EnclaveCheck.ENDORSEMENTS));
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
