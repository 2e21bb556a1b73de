package io.cloister.attestation.appraisal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.appraisal.AttestationResult.Refused;
import io.cloister.attestation.appraisal.AttestationResult.Stage;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.testkit.FakeAmd;
import io.cloister.attestation.testkit.FakeCertificate;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/// A grace for what has expired must not look away from what came since, and is for revocation
/// lists and collateral only.
class CollateralGraceTest {
    private static final Instant EXPIRED = FakeIntel.NEXT.plus(Duration.ofDays(1));
    private static final int DAYS = 90;
    private static final Instant LAST = FakeIntel.NEXT.plus(Duration.ofDays(DAYS));

    private final FakeIntel intel = FakeIntel.sgx();

    private static AttestationResult check(
            FakeIntel intel, List<Endorsement> endorsements, int days, Instant instant)
            throws Exception {
        return AttestationCheck.check(
                new Verifier(intel.roots(), SignatureChecks.ofPlatform()),
                new EvidenceBundle(
                        new SgxEvidence(intel.quote().bytes()), new Endorsements(endorsements)),
                ((HardwarePolicy) AppraisalPolicy.builtIn())
                        .allowGrace(
                                new Grace.Collateral(days, new Reason("we are offline at times"))),
                new Expectation(Bytes.copyOf(new byte[64])),
                instant);
    }

    private static void relaxed(AttestationResult result) {
        assertTrue(
                result.relaxations().stream()
                        .anyMatch(one -> one.code() == FindingCode.EVIDENCE_CURRENT),
                result::toString);
        assertTrue(
                result.relaxations().stream()
                        .anyMatch(one -> one.code() == FindingCode.INTEL_CRL_CURRENT),
                result::toString);
    }

    private static void notAuthentic(AttestationResult result) {
        assertEquals(Stage.VERIFY, assertInstanceOf(Refused.class, result).stage());
    }

    private AttestationResult late(List<Endorsement> endorsements) throws Exception {
        return check(intel, endorsements, DAYS, EXPIRED);
    }

    private AttestationResult late() throws Exception {
        return late(intel.endorsements());
    }

    @Test
    void relaxesWhatHasExpiredAndSaysSo() throws Exception {
        relaxed(check(intel, intel.endorsements(), 7, EXPIRED));
    }

    /// Lists and collateral are valid for 30 days.
    @Test
    void isOfUseForLongerThanDocumentsAreValid() throws Exception {
        relaxed(check(intel, intel.endorsements(), DAYS, LAST));
        notAuthentic(check(intel, intel.endorsements(), DAYS, LAST.plusSeconds(1)));
    }

    @Test
    void isNotForCertificates() throws Exception {
        for (Function<FakeIntel, FakeCertificate> place :
                List.<Function<FakeIntel, FakeCertificate>>of(
                        FakeIntel::root,
                        FakeIntel::authority,
                        FakeIntel::pck,
                        FakeIntel::tcbSigner)) {
            FakeIntel expired = FakeIntel.sgx();
            place.apply(expired).notAfter(EXPIRED);
            relaxed(check(expired.embed(), expired.endorsements(), DAYS, EXPIRED));
            place.apply(expired).notAfter(EXPIRED.minusSeconds(1));
            notAuthentic(check(expired.embed(), expired.endorsements(), DAYS, EXPIRED));
        }
    }

    @Test
    void isNotForWhatIsNotValidYet() throws Exception {
        intel.qeIdentity().issueDate(FakeIntel.NEXT).nextUpdate(LAST);
        relaxed(late());
        intel.qeIdentity().issueDate(EXPIRED.plusSeconds(1));
        notAuthentic(late());
    }

    @Test
    void seesARevocationThatCameSince() throws Exception {
        List<Endorsement> all = intel.endorsements();
        all.add(
                new Endorsement.Crl(
                        intel.pckCrl()
                                .thisUpdate(EXPIRED.minus(Duration.ofDays(3)))
                                .nextUpdate(EXPIRED.plus(Duration.ofDays(27)))
                                .revoke(intel.pck().serial())
                                .der()));

        notAuthentic(late(all));
    }

    @Test
    void seesARevocationInEachListThatIsLate() throws Exception {
        for (Duration issued : List.of(Duration.ofDays(-40), Duration.ofDays(20))) {
            FakeIntel one = FakeIntel.sgx();
            List<Endorsement> all = one.endorsements();
            one.pckCrl().thisUpdate(FakeIntel.PUBLISHED.plus(issued));
            one.pckCrl().nextUpdate(FakeIntel.PUBLISHED.plus(issued).plusSeconds(60));
            all.add(new Endorsement.Crl(one.pckCrl().der()));
            relaxed(check(one, all, DAYS, EXPIRED));
            all.removeLast();
            all.add(new Endorsement.Crl(one.pckCrl().revoke(one.pck().serial()).der()));
            notAuthentic(check(one, all, DAYS, EXPIRED));
        }
    }

    @Test
    void isNotForAListOfWhichANewerOneIsNotValidYet() throws Exception {
        List<Endorsement> all = intel.endorsements();
        intel.pckCrl().thisUpdate(EXPIRED.plusSeconds(1)).nextUpdate(LAST);
        all.add(new Endorsement.Crl(intel.pckCrl().der()));

        notAuthentic(late(all));
    }

    @Test
    void usesTheNewestEvaluationThatIsLate() throws Exception {
        List<Endorsement> all = intel.endorsements();
        intel.tcbInfo().evaluation(18).replace("UpToDate", "OutOfDate");
        all.add(new Endorsement.TcbInfo(intel.tcbInfoAnswer()));

        Refused refused = assertInstanceOf(Refused.class, late(all));

        assertEquals(Stage.APPRAISE, refused.stage());
        assertTrue(
                refused.reasons().stream()
                        .anyMatch(one -> one.code() == FindingCode.INTEL_TCB_STATUS));
    }

    /// Whoever has today's TCB info could have had today's lists.
    @Test
    void isNotForAListWhereSomethingWasIssuedAfterItHadExpired() throws Exception {
        intel.tcbInfo().issueDate(FakeIntel.NEXT).nextUpdate(LAST);
        relaxed(late());
        intel.tcbInfo().issueDate(FakeIntel.NEXT.plusSeconds(1));
        notAuthentic(late());
    }

    @Test
    void isNotForWhatWasVerifiedForAnotherInstant() throws Exception {
        var verified =
                assertInstanceOf(
                                Verification.Authentic.class,
                                new Verifier(intel.roots(), SignatureChecks.ofPlatform())
                                        .verify(
                                                new SgxEvidence(intel.quote().bytes()),
                                                new Endorsements(intel.endorsements()),
                                                FakeIntel.NOW))
                        .evidence();
        HardwarePolicy policy =
                ((HardwarePolicy) AppraisalPolicy.builtIn())
                        .allowGrace(new Grace.Collateral(DAYS, new Reason("a test")));
        var expected = new Expectation(Bytes.copyOf(new byte[64]));

        AttestationResult result = Appraiser.appraise(verified, policy, expected, EXPIRED);

        assertTrue(
                assertInstanceOf(Refused.class, result).reasons().stream()
                        .anyMatch(one -> one.code() == FindingCode.EVIDENCE_CURRENT));
    }

    @Test
    void relaxesARevocationListOfAmds() throws Exception {
        var amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
        var verifier = new Verifier(FakeAmd.roots(), SignatureChecks.ofPlatform());
        Evidence evidence = amd.evidence();
        Instant end =
                assertInstanceOf(
                                Verification.Authentic.class,
                                verifier.verify(evidence, amd.endorsements(), FakeAmd.NOW))
                        .evidence()
                        .claims()
                        .validUntil();
        Duration week = Duration.ofDays(7);

        assertInstanceOf(
                Verification.Authentic.class,
                verifier.verify(evidence, amd.endorsements(), end.plus(week), week));
        assertInstanceOf(
                Verification.NotAuthentic.class,
                verifier.verify(evidence, amd.endorsements(), end.plus(week).plusSeconds(1), week));
        assertInstanceOf(
                Verification.NotAuthentic.class,
                verifier.verify(evidence, amd.endorsements(), end.plusSeconds(1)));
        amd.leaf().valid(FakeAmd.NOW, end);
        assertInstanceOf(
                Verification.NotAuthentic.class,
                verifier.verify(evidence, amd.endorsements(), end.plus(week), week));
    }
}
