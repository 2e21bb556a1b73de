package io.cloister.attestation.evidence;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.dsse.Signed;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The procedure of spec/evidence.md §5, one method a step, run once by one thread. Steps that need
/// what an earlier one did not establish are left out; all others run, so that every reason is
/// found at once.
final class SimulatedVerification {
    /// How far the clocks of platform and verifier may differ.
    static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(5);

    private final Findings findings = new Findings();
    private final SimulatedEvidence evidence;
    private final Instant instant;

    private SimulatedVerification(SimulatedEvidence evidence, Instant instant) {
        this.evidence = evidence;
        this.instant = instant;
    }

    static Verification verify(
            SimulatedEvidence evidence, Endorsements endorsements, Instant instant)
            throws CouldNotCheckException {
        List<PublicSigningKey> roots = roots(endorsements);
        if (roots.isEmpty()) {
            throw new CouldNotCheckException(
                    "no Endorsement names a simulated platform's root, so the Evidence's"
                        + " certificate cannot be checked; it should have come with the Evidence");
        }
        return new SimulatedVerification(evidence, instant).run(roots);
    }

    private static List<PublicSigningKey> roots(Endorsements endorsements) {
        return endorsements.all().stream()
                .filter(Endorsement.SimulatedRoot.class::isInstance)
                .map(endorsement -> ((Endorsement.SimulatedRoot) endorsement).root())
                .toList();
    }

    private Verification run(List<PublicSigningKey> roots) {
        Optional<Claims> claims = endorsedRoot(roots).flatMap(this::underRoot);
        return claims.isPresent() && !findings.refuse()
                ? new Verification.Authentic(
                        new VerifiedEvidence(evidence, claims.get(), instant, findings.all()))
                : new Verification.NotAuthentic(findings.all());
    }

    private Optional<Claims> underRoot(PublicSigningKey root) {
        Optional<PlatformCertificate> certificate =
                open(
                        evidence.certificate(),
                        PlatformCertificate.TYPE,
                        root,
                        FindingCode.SIMULATED_CERTIFICATE_FORM,
                        FindingCode.SIMULATED_CERTIFICATE_SIGNATURE);
        certificate.ifPresent(this::validity);
        return certificate.flatMap(valid -> underCertificate(valid, root));
    }

    private Optional<Claims> underCertificate(
            PlatformCertificate certificate, PublicSigningKey root) {
        Optional<SimulatedStatement> statement =
                open(
                        evidence.statement(),
                        SimulatedStatement.TYPE,
                        certificate.platformKey(),
                        FindingCode.SIMULATED_STATEMENT_FORM,
                        FindingCode.SIMULATED_STATEMENT_SIGNATURE);
        statement.ifPresent(signed -> {
            instance(certificate, signed);
            issuedAt(certificate, signed);
        });
        return statement.map(signed ->
                new Claims.Simulated(
                        signed, certificate.platformKey(), root, certificate.notAfter()));
    }

    /// §5.1. The key id is a hint for choosing; the signature check that follows decides.
    private Optional<PublicSigningKey> endorsedRoot(List<PublicSigningKey> roots) {
        Optional<PublicSigningKey> named =
                roots.stream()
                        .filter(root -> root.fingerprint().equals(evidence.certificate().keyId()))
                        .findFirst();
        if (named.isPresent()) {
            findings.met(
                    FindingCode.SIMULATED_ROOT_ENDORSED,
                    "the platform's certificate names an endorsed root");
        } else {
            findings.notMet(
                    FindingCode.SIMULATED_ROOT_ENDORSED,
                    "the platform's certificate names a root that no Endorsement vouches for",
                    String.join(
                            ", ",
                            roots.stream().map(root -> root.fingerprint().toString()).toList()),
                    evidence.certificate().keyId().toString());
        }
        return named;
    }

    /// §5.2 and §5.4.
    private <T> Optional<T> open(
            Envelope envelope,
            DocumentType<T> type,
            PublicSigningKey key,
            FindingCode form,
            FindingCode signature) {
        try {
            Signed<T> signed = Signed.verify(envelope, type, key);
            findings.met(form, "the " + type.name() + " is well formed");
            findings.met(signature, "the " + type.name() + "'s signature verifies");
            return Optional.of(signed.document());
        } catch (MalformedException e) {
            findings.notMet(
                    form, "the " + type.name() + " is malformed: " + e.getMessage(), "", "");
        } catch (NotAuthenticException e) {
            findings.met(form, "the " + type.name() + " is well formed");
            findings.notMet(
                    signature,
                    "the " + type.name() + " is not signed as it must be",
                    "",
                    String.valueOf(e.getMessage()));
        }
        return Optional.empty();
    }

    /// §5.3.
    private void validity(PlatformCertificate certificate) {
        if (instant.isBefore(certificate.notBefore())) {
            findings.notMet(
                    FindingCode.SIMULATED_CERTIFICATE_BEGUN,
                    "the platform's certificate is not valid yet",
                    "not before " + certificate.notBefore(),
                    instant.toString());
        } else {
            findings.met(
                    FindingCode.SIMULATED_CERTIFICATE_BEGUN,
                    "the platform's certificate is valid already");
        }
        if (instant.isAfter(certificate.notAfter())) {
            findings.notMet(
                    FindingCode.SIMULATED_CERTIFICATE_UNEXPIRED,
                    "the platform's certificate has expired",
                    "not after " + certificate.notAfter(),
                    instant.toString());
        } else {
            findings.met(
                    FindingCode.SIMULATED_CERTIFICATE_UNEXPIRED,
                    "the platform's certificate has not expired");
        }
    }

    /// §5.5.
    private void instance(PlatformCertificate certificate, SimulatedStatement statement) {
        if (certificate.instance().equals(statement.instance())) {
            findings.met(
                    FindingCode.SIMULATED_INSTANCE,
                    "statement and certificate are of one platform");
        } else {
            findings.notMet(
                    FindingCode.SIMULATED_INSTANCE,
                    "the statement is of another platform than the certificate",
                    certificate.instance().toString(),
                    statement.instance().toString());
        }
    }

    /// §5.6. A statement from the future is how a platform with a wrong clock, or a backdated
    /// verifier, shows.
    private void issuedAt(PlatformCertificate certificate, SimulatedStatement statement) {
        Instant latest = earlier(certificate.notAfter(), instant.plus(CLOCK_TOLERANCE));
        Instant issuedAt = statement.issuedAt();
        if (issuedAt.isBefore(certificate.notBefore()) || issuedAt.isAfter(latest)) {
            findings.notMet(
                    FindingCode.SIMULATED_ISSUED_AT,
                    "the statement was not made while its certificate was valid, or claims to be"
                            + " from the future",
                    certificate.notBefore() + " to " + latest,
                    issuedAt.toString());
        } else {
            findings.met(FindingCode.SIMULATED_ISSUED_AT, "the statement was made at " + issuedAt);
        }
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
