package io.cloister.attestation.intel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.VerifiedEvidence;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.testkit.CountingProvider;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/// Quotes as Evidence, in a bundle with their Endorsements.
class IntelEvidenceTest {
    private static final String ECDSA = "SHA256withECDSAinP1363Format";

    private static VerifiedEvidence verified(FakeIntel intel, Evidence evidence) throws Exception {
        var bundle = new EvidenceBundle(evidence, new Endorsements(intel.endorsements()));
        EvidenceBundle read = EvidenceBundle.parse(bundle.canonical());
        assertEquals(bundle, read);
        var verifier = new Verifier(intel.roots(), SignatureChecks.ofPlatform());
        return assertInstanceOf(
                        Verification.Authentic.class,
                        verifier.verify(read.evidence(), read.endorsements(), FakeIntel.NOW))
                .evidence();
    }

    @Test
    void claimsAnEnclave() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        VerifiedEvidence evidence = verified(intel, new SgxEvidence(intel.quote().bytes()));
        assertEquals(EvidenceKind.SGX, evidence.kind());
        var claims = assertInstanceOf(Claims.Sgx.class, evidence.claims());
        assertEquals("sgx:" + "71".repeat(32), claims.measurementText());
        assertEquals("99".repeat(64), claims.reportData().hex());
        assertEquals(FakeIntel.NEXT, claims.validUntil());
        assertEquals(TcbStatus.UP_TO_DATE, claims.tcb().status());
    }

    @Test
    void claimsATdByAllThatWasMeasured() throws Exception {
        FakeIntel intel = FakeIntel.tdx15();
        VerifiedEvidence evidence = verified(intel, new TdxEvidence(intel.quote().bytes()));
        assertEquals(EvidenceKind.TDX, evidence.kind());
        var claims = assertInstanceOf(Claims.Tdx.class, evidence.claims());
        String measured =
                "77".repeat(48)
                        + "80".repeat(48)
                        + "81".repeat(48)
                        + "82".repeat(48)
                        + "83".repeat(48);
        Sha256 digest = Sha256.of(Bytes.copyOf(HexFormat.of().parseHex(measured)));
        assertEquals("tdx:" + digest.hex(), claims.measurementText());
    }

    @Test
    void refusesAQuoteAsEvidenceOfTheOtherKind() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        var verifier = new Verifier(intel.roots(), SignatureChecks.ofPlatform());
        assertInstanceOf(
                Verification.NotAuthentic.class,
                verifier.verify(
                        new TdxEvidence(intel.quote().bytes()),
                        new Endorsements(intel.endorsements()),
                        FakeIntel.NOW));
    }

    @Test
    void refusesAFakeVendorUnderTheRealRoots() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        assertInstanceOf(
                Verification.NotAuthentic.class,
                Verifier.standard()
                        .verify(
                                new SgxEvidence(intel.quote().bytes()),
                                new Endorsements(intel.endorsements()),
                                FakeIntel.NOW));
    }

    /// What is remembered is which signatures hold; dates are compared each time.
    @Test
    void checksTheTimeAgainWhenItRemembersTheSignatures() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        IntelVerification verifier = intel.verifier();
        for (int i = 0; i < 2; i++) {
            assertTrue(isAccepted(intel, verifier, FakeIntel.NOW));
            assertTrue(isAccepted(intel, verifier, FakeIntel.NEXT));
            assertTrue(!isAccepted(intel, verifier, FakeIntel.NEXT.plusSeconds(1)));
            assertTrue(!isAccepted(intel, verifier, FakeIntel.PUBLISHED.minusSeconds(1)));
        }
    }

    /// A signature that held in one bundle says nothing of another one.
    @Test
    void keepsBundlesApart() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        IntelVerification verifier = intel.verifier();
        assertTrue(isAccepted(intel, verifier, FakeIntel.NOW));
        intel.pckCrl().revoke(intel.pck().serial());
        assertTrue(!isAccepted(intel, verifier, FakeIntel.NOW));
    }

    /// Certificates, lists and documents: eight signatures, once. Of the quote: two, always.
    @Test
    void computesTheSignaturesOfTheQuoteAloneWhenItKnowsTheRest() throws Exception {
        var counting = new CountingProvider(ECDSA);
        FakeIntel intel = FakeIntel.tdx();
        var verifier = new IntelVerification(intel.pin(), SignatureChecks.of(counting));

        assertTrue(isAccepted(intel, verifier, FakeIntel.NOW));
        int first = counting.of(ECDSA);
        assertTrue(isAccepted(intel, verifier, FakeIntel.NOW));

        assertEquals(2 + 8, first);
        assertEquals(first + 2, counting.of(ECDSA));
    }

    /// Another platform's PCK certificate, and nothing else, is new: one signature more.
    @Test
    void computesOneSignatureMoreForAnotherPlatformWithTheSameCollateral() throws Exception {
        var counting = new CountingProvider(ECDSA);
        FakeIntel intel = FakeIntel.tdx();
        var verifier = new IntelVerification(intel.pin(), SignatureChecks.of(counting));
        assertTrue(isAccepted(intel, verifier, FakeIntel.NOW));
        int first = counting.of(ECDSA);

        intel.platform().ppid(Bytes.copyOf(new byte[16]));
        intel.certify();

        assertTrue(isAccepted(intel, verifier, FakeIntel.NOW));
        assertEquals(first + 3, counting.of(ECDSA));
    }

    @Test
    void remembersNoSignatureThatDidNotHold() throws Exception {
        var erring = new CountingProvider(ECDSA);
        FakeIntel intel = FakeIntel.tdx();
        var verifier = new IntelVerification(intel.pin(), SignatureChecks.of(erring));
        erring.erring(true);
        assertTrue(!isAccepted(intel, verifier, FakeIntel.NOW));

        erring.erring(false);

        assertTrue(isAccepted(intel, verifier, FakeIntel.NOW));
    }

    /// The chains of several services end in the same root certificate.
    @Test
    void computesTheSignatureOfACertificateThatIsThereTwiceOnce() throws Exception {
        var counting = new CountingProvider(ECDSA);
        FakeIntel intel = FakeIntel.tdx();
        List<Endorsement> twice = intel.endorsements();
        twice.add(new Endorsement.X509(intel.root().der()));
        var findings = new Findings();

        assertTrue(
                new IntelVerification(intel.pin(), SignatureChecks.of(counting))
                        .verify(
                                intel.quote().bytes(),
                                intel.quote().kind(),
                                new Endorsements(twice),
                                FakeIntel.NOW,
                                findings)
                        .isPresent());

        assertEquals(2 + 8, counting.of(ECDSA));
    }

    private static boolean isAccepted(FakeIntel intel, IntelVerification verifier, Instant instant)
            throws Exception {
        return verifier.verify(
                        intel.quote().bytes(),
                        intel.quote().kind(),
                        new Endorsements(intel.endorsements()),
                        instant,
                        new Findings())
                .isPresent();
    }
}
