package io.cloister.client;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.client.EnclaveCheck.Enclave;
import io.cloister.client.Finding.Kind;
import io.cloister.client.endorsement.EndorsementSource;
import io.cloister.client.endorsement.Fetched;
import io.cloister.client.endorsement.Refresh;
import io.cloister.client.server.Published;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.VerifiedAgreement;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// [EnclaveCheck], with a source to ask for today's Endorsements of hardware: what the operator
/// publishes may be valid still and say nothing of what was revoked or found out since. What was
/// fetched is taken together with what the enclave published, and believed no more. A source that
/// does not answer leaves it unchecked, unless what was kept of its answers of other days refuses
/// it.
///
/// @param verifier decides what is authentic
/// @param source this person's own choice; nothing to ask nobody
record EndorsedCheck(Verifier verifier, Optional<EndorsementSource> source) {
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
        if (source.isEmpty() || !isOpen(verdict)) {
            return verdict;
        }
        Fetched fetched;
        try {
            EvidenceBundle bundle = EnclaveCheck.bundle(published);
            fetched = source.get().fetch(bundle.evidence(), bundle.endorsements());
        } catch (CouldNotCheckException e) {
            return unanswered(verdict, Kind.COULD_NOT_CHECK, e);
        } catch (MalformedException e) {
            return unanswered(verdict, Kind.MALFORMED, e);
        }
        Verdict<Enclave> completed =
                EnclaveCheck.check(
                        verifier,
                        published,
                        expected,
                        agreement,
                        policy,
                        now,
                        fetched.endorsements());
        try {
            fetched.requireAnswered();
        } catch (CouldNotCheckException e) {
            return unanswered(completed, Kind.COULD_NOT_CHECK, e);
        }
        return switch (completed) {
            case Verdict.Accepted<Enclave>(var enclave) ->
                    new Verdict.Accepted<>(enclave.with(fetched.origins()));
            case Verdict.Refused<Enclave> refused -> refused;
        };
    }

    /// Whether the source could turn it: not what is refused for other reasons.
    private static boolean isOpen(Verdict<Enclave> verdict) {
        return switch (verdict) {
            case Verdict.Accepted<Enclave>(var enclave) ->
                    enclave.attestation().kind().isHardware();
            case Verdict.Refused<Enclave>(var findings) ->
                    findings.stream()
                            .map(Finding::code)
                            .anyMatch(code ->
                                    code.equals(EnclaveCheck.ENDORSEMENTS) || Refresh.mends(code));
        };
    }

    /// What was refused stays so; what was accepted or could not be checked could not be checked.
    private static Verdict<Enclave> unanswered(
            Verdict<Enclave> verdict, Kind kind, Exception reason) {
        boolean isRefused =
                switch (verdict) {
                    case Verdict.Accepted<Enclave> _ -> false;
                    case Verdict.Refused<Enclave>(var findings) ->
                            findings.stream()
                                    .map(Finding::code)
                                    .noneMatch(EnclaveCheck.ENDORSEMENTS::equals);
                };
        return isRefused ? verdict : refused(kind, reason);
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
