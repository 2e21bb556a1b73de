package io.cloister.attestation.appraisal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.appraisal.AttestationResult.Refused;
import io.cloister.attestation.appraisal.AttestationResult.Stage;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A grace for what has expired must not look away from what came since.
class CollateralGraceTest {
    private static final Instant EXPIRED = FakeIntel.NEXT.plus(Duration.ofDays(1));

    private final HardwarePolicy policy =
            ((HardwarePolicy) AppraisalPolicy.builtIn())
                    .allowGrace(new Grace.Collateral(7, new Reason("we are offline at times")));

    private AttestationResult check(FakeIntel intel, List<Endorsement> endorsements)
            throws Exception {
        return AttestationCheck.check(
                new Verifier(intel.roots(), SignatureChecks.ofPlatform()),
                new EvidenceBundle(
                        new SgxEvidence(intel.quote().bytes()), new Endorsements(endorsements)),
                policy,
                new Expectation(Bytes.copyOf(new byte[64])),
                EXPIRED);
    }

    @Test
    void relaxesWhatHasExpiredAndSaysSo() throws Exception {
        FakeIntel intel = FakeIntel.sgx();

        AttestationResult result = check(intel, intel.endorsements());

        assertTrue(
                result.relaxations().stream()
                        .anyMatch(one -> one.code() == FindingCode.EVIDENCE_CURRENT));
    }

    @Test
    void seesARevocationThatCameSince() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        List<Endorsement> all = intel.endorsements();
        all.add(
                new Endorsement.Crl(
                        intel.pckCrl()
                                .thisUpdate(EXPIRED.minus(Duration.ofDays(3)))
                                .nextUpdate(EXPIRED.plus(Duration.ofDays(27)))
                                .revoke(intel.pck().serial())
                                .der()));

        Refused refused = assertInstanceOf(Refused.class, check(intel, all));

        assertEquals(Stage.VERIFY, refused.stage());
    }

    @Test
    void seesCollateralThatCameSinceWhereOnlyAListHasExpired() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        List<Endorsement> all = intel.endorsements();
        intel.tcbInfo().issueDate(EXPIRED.minus(Duration.ofDays(3)));
        all.add(new Endorsement.TcbInfo(intel.tcbInfoAnswer()));

        Refused refused = assertInstanceOf(Refused.class, check(intel, all));

        assertEquals(Stage.VERIFY, refused.stage());
    }
}
