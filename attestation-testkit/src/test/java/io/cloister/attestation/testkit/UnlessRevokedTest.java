package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.UnlessRevoked;
import io.cloister.attestation.evidence.UnlessRevoked.Complete;
import io.cloister.attestation.evidence.UnlessRevoked.RevocationNotChecked;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verification.Authentic;
import io.cloister.attestation.evidence.Verification.NotAuthentic;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/// What a file of cases may ask for and nobody else: a report judged without a revocation list
/// (docs/decisions/0022). Only a list that isn't there is done without.
class UnlessRevokedTest {
    private final Verifier verifier = new Verifier(FakeAmd.roots(), SignatureChecks.ofPlatform());
    private final FakeAmd amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 2);

    private Endorsements withoutList() {
        return new Endorsements(
                List.of(
                        new Endorsement.X509(amd.leaf().der()),
                        new Endorsement.X509(amd.issuer().der()),
                        new Endorsement.X509(amd.root().der())));
    }

    private UnlessRevoked outcome(Endorsements endorsements)
            throws CouldNotCheckException, MalformedException {
        return verifier.verifyUnlessRevoked(amd.evidence(), endorsements, FakeAmd.NOW);
    }

    private Verification complete(Endorsements endorsements)
            throws CouldNotCheckException, MalformedException {
        return assertInstanceOf(Complete.class, outcome(endorsements)).verification();
    }

    private List<String> reasons(Endorsements endorsements)
            throws CouldNotCheckException, MalformedException {
        return codes(
                assertInstanceOf(NotAuthentic.class, complete(endorsements)).findings(),
                Outcome.NOT_MET);
    }

    private static List<String> codes(List<Finding> findings, Outcome outcome) {
        return findings.stream()
                .filter(finding -> finding.outcome() == outcome)
                .map(finding -> finding.code().code())
                .toList();
    }

    @Test
    void saysThatRevocationWasNotCheckedAndGivesNothingToAppraise()
            throws CouldNotCheckException, MalformedException {
        List<Finding> findings =
                assertInstanceOf(RevocationNotChecked.class, outcome(withoutList())).findings();

        assertEquals(List.of("snp-revocation-checked"), codes(findings, Outcome.NOT_CHECKED));
        assertEquals(List.of(), codes(findings, Outcome.NOT_MET));
    }

    @Test
    void verifyingAsEveryoneDoesCanNotCheckTheSame() {
        var reason =
                assertThrows(
                        CouldNotCheckException.class,
                        () -> verifier.verify(amd.evidence(), withoutList(), FakeAmd.NOW));
        assertEquals(
                List.of("endorsements-present"), codes(reason.findings(), Outcome.NOT_CHECKED));
        assertTrue(codes(reason.findings(), Outcome.MET).contains("snp-report-signature"));
        assertThrows(
                CouldNotCheckException.class,
                () ->
                        verifier.verify(
                                amd.evidence(), withoutList(), FakeAmd.NOW, Duration.ofDays(90)));
    }

    @Test
    void isAuthenticWithAList() throws CouldNotCheckException, MalformedException {
        assertInstanceOf(Authentic.class, complete(amd.endorsements()));
    }

    @Test
    void refusesWhatAListRevokes() throws CouldNotCheckException, MalformedException {
        amd.revocationList().revoke(0x10101);
        assertEquals(List.of("snp-not-revoked"), reasons(amd.endorsements()));
    }

    @Test
    void refusesAListThatHasExpired() throws CouldNotCheckException, MalformedException {
        amd.revocationList().valid(FakeAmdCrl.BEGIN, FakeAmd.NOW.minusSeconds(1));
        assertEquals(List.of("snp-crl-current"), reasons(amd.endorsements()));
    }

    @Test
    void refusesAListThatAnotherSigned() throws CouldNotCheckException, MalformedException {
        amd.revocationList().signer(FakeAmd.key("ark", SnpProduct.GENOA));
        assertEquals(List.of("snp-crl-signature"), reasons(amd.endorsements()));
    }

    @Test
    void cannotCheckWithTheListOfAnotherRoot() {
        amd.revocationList().issuer("ARK-Genoa");
        assertThrows(CouldNotCheckException.class, () -> outcome(amd.endorsements()));
    }

    @Test
    void refusesWhatIsWrongBesides() throws CouldNotCheckException, MalformedException {
        amd.leaf().signer(FakeAmd.key("ask", SnpProduct.MILAN));
        assertEquals(List.of("snp-chain-signature"), reasons(withoutList()));
    }

    @Test
    void cannotCheckWithoutACertificate() {
        assertThrows(
                CouldNotCheckException.class,
                () ->
                        outcome(
                                new Endorsements(
                                        List.of(
                                                new Endorsement.X509(amd.leaf().der()),
                                                new Endorsement.X509(amd.issuer().der())))));
    }
}
