package io.cloister.client;

import static io.cloister.client.Finding.Kind.COULD_NOT_CHECK;
import static io.cloister.client.Finding.Kind.MALFORMED;
import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpFirmware;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.appraisal.Relaxation;
import io.cloister.attestation.appraisal.SnpDemands;
import io.cloister.attestation.appraisal.SnpGuestValue;
import io.cloister.attestation.appraisal.SnpIdBlock;
import io.cloister.attestation.appraisal.SnpMinimum;
import io.cloister.attestation.appraisal.SnpMitigations;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.testkit.FakeAmd;
import io.cloister.attestation.testkit.IntelPolicies;
import io.cloister.client.endorsement.EndorsementSource;
import io.cloister.client.endorsement.Fetched;
import io.cloister.client.endorsement.Origin;
import io.cloister.client.server.Published;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Swap;
import io.cloister.protocol.dsse.Signed;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// An enclave on hardware, by a fake vendor: what approval accepts, and what it refuses one
/// alteration away.
class HardwareEnclaveTest {
    private static final Bytes MEASUREMENT = filled(48, 0x22);

    /// Accepts the guest that [FakeAmd] makes of itself.
    static final HardwarePolicy POLICY = policy(MEASUREMENT);

    private final Play play = new Play();
    private final FakeAmd amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
    private final Verifier fake = new Verifier(FakeAmd.roots(), SignatureChecks.ofPlatform());
    private int asked;
    private Origin origin = origin(Origin.How.FETCHED);

    private static Bytes filled(int length, int value) {
        return Bytes.concat(
                Collections.nCopies(length, Bytes.copyOf(new byte[] {(byte) value}))
                        .toArray(Bytes[]::new));
    }

    private static HardwarePolicy policy(Bytes measurement) {
        var milan =
                new SnpMinimum(
                        Map.of(
                                TcbPart.BOOTLOADER, 4,
                                TcbPart.TEE, 0,
                                TcbPart.SNP, 24,
                                TcbPart.MICROCODE, 219));
        var image =
                new SnpGuestValue(
                        "image",
                        measurement,
                        filled(32, 0x23),
                        new SnpIdBlock(
                                filled(48, 0x24),
                                filled(48, 0),
                                filled(16, 0x11),
                                filled(16, 0x12),
                                3));
        return IntelPolicies.of(List.of(image))
                .demanding(
                        new SnpDemands(
                                Map.of(SnpProduct.MILAN, milan),
                                new SnpFirmware(1, 0, 0),
                                Set.of(),
                                SnpMitigations.none(),
                                List.of()))
                .allow(Relaxation.SMT, "no hosts without");
    }

    private static Origin origin(Origin.How how) {
        return new Origin("https://kds.example/crl", how, FakeAmd.NOW, FakeAmd.NOW);
    }

    @BeforeEach
    void isAboutTheEnclavesIdentity() {
        amd.report().put(0x50, play.identity.reportData());
    }

    private Verdict<EnclaveCheck.Enclave> check(Verifier verifier, AppraisalPolicy policy) {
        return check(verifier, amd.evidence(), amd.endorsements(), policy);
    }

    private Verdict<EnclaveCheck.Enclave> check(
            Verifier verifier,
            SnpEvidence evidence,
            Endorsements endorsements,
            AppraisalPolicy policy) {
        return check(play.identity, verifier, evidence, endorsements, policy);
    }

    private Verdict<EnclaveCheck.Enclave> check(
            EnclaveIdentity identity,
            Verifier verifier,
            SnpEvidence evidence,
            Endorsements endorsements,
            AppraisalPolicy policy) {
        var bundle = new EvidenceBundle(evidence, endorsements);
        return EnclaveCheck.check(
                verifier,
                new Published(identity.canonical(), bundle.canonical()),
                identity.digest(),
                play.agreement,
                policy,
                FakeAmd.NOW,
                Endorsements.none());
    }

    @Test
    void acceptsAGuestOfThePolicyAndSaysWhatWasRelaxed() {
        EnclaveCheck.Enclave enclave = accepted(check(fake, POLICY));

        assertTrue(enclave.attestation().kind().isHardware());
        assertEquals("snp:" + MEASUREMENT.hex(), enclave.attestation().claims().measurementText());
        assertTrue(enclave.attestation().relaxations().toString().contains("no hosts without"));
    }

    @Test
    void saysOfAReceiptThatItsPackagesWereNotComparedAsMeasured() throws Exception {
        var receipt =
                new VerifiedReceipt(
                        Signed.verify(
                                play.sign(play.receipt()),
                                Receipt.TYPE,
                                play.enclaveKey.publicKey()),
                        play.identity,
                        accepted(check(fake, POLICY)).attestation(),
                        Optional.of(play.agreement.digest()));
        assertEquals(List.of(Uncompared.MEASURED_PACKAGES), receipt.notCompared(true));
    }

    @Test
    void refusesAnEnclaveWhoseMemoryMayBeSwappedUnlessThePolicyAllowsIt() {
        for (Swap swap : List.of(Swap.ON, Swap.UNKNOWN)) {
            EnclaveIdentity identity = play.swapping(swap);
            amd.report().put(0x50, identity.reportData());
            refused(
                    check(identity, fake, amd.evidence(), amd.endorsements(), POLICY),
                    NOT_ACCEPTABLE,
                    "swap");
            HardwarePolicy allowing = POLICY.allow(Relaxation.SWAP, "its disk is encrypted");
            EnclaveCheck.Enclave enclave =
                    accepted(check(identity, fake, amd.evidence(), amd.endorsements(), allowing));
            assertTrue(
                    enclave.attestation().relaxations().toString().contains("disk is encrypted"));
        }
    }

    @Test
    void refusesAVendorThatIsNone() {
        refused(check(Verifier.standard(), POLICY), NOT_AUTHENTIC, "snp-root-pinned");
    }

    @Test
    void refusesAGuestOfAnotherIdentity() {
        amd.report().put(0x50, play.identity(Sha256.of(Bytes.utf8("another"))).reportData());
        refused(check(fake, POLICY), NOT_ACCEPTABLE, "report-data");
    }

    @Test
    void refusesAnotherImage() {
        refused(check(fake, policy(filled(48, 0x21))), NOT_ACCEPTABLE, "measurement");
    }

    @Test
    void refusesAGuestThatADebuggerCanLookInto() {
        amd.report().u64(8, 0xb0000);
        refused(check(fake, POLICY), NOT_ACCEPTABLE, "debug");
    }

    @Test
    void refusesEveryGuestByTheBuiltInPolicy() {
        refused(check(fake, AppraisalPolicy.builtIn()), NOT_ACCEPTABLE, "reference-values-present");
    }

    @Test
    void refusesHardwareByAPolicyForSimulation() {
        refused(check(fake, play.policy()), NOT_ACCEPTABLE, "evidence-kind-accepted");
    }

    @Test
    void saysThatItCouldNotCheckWithoutEndorsements() {
        refused(
                check(fake, amd.evidence(), Endorsements.none(), POLICY),
                COULD_NOT_CHECK,
                "endorsements");
    }

    /// Asks a source under the fake vendor's root, as of `now`.
    private Verdict<EnclaveCheck.Enclave> endorsed(
            Endorsements published, Endorsements fetched, Instant now) throws Exception {
        EndorsementSource source =
                (_, _) -> {
                    asked++;
                    if (fetched.all().isEmpty()) {
                        throw new CouldNotCheckException("no answer");
                    }
                    return new Fetched(fetched, List.of(origin));
                };
        var bundle = new EvidenceBundle(amd.evidence(), published);
        return new EndorsedCheck(fake, Optional.of(source))
                .check(
                        new Published(play.identity.canonical(), bundle.canonical()),
                        play.identity.digest(),
                        play.agreement,
                        POLICY,
                        now);
    }

    /// The vendor's list as it was published, ending when asked for, or today's.
    private Endorsements endingAt(Instant end) {
        amd.revocationList().valid(end.minus(Duration.ofDays(31)), end);
        return amd.endorsements();
    }

    @Test
    void asksItsSourceThoughAllThatWasPublishedIsValid() throws Exception {
        Endorsements published = endingAt(FakeAmd.NOW.plus(Duration.ofDays(20)));
        Instant end = FakeAmd.NOW.plus(Duration.ofDays(30));

        EnclaveCheck.Enclave enclave = accepted(endorsed(published, endingAt(end), FakeAmd.NOW));
        assertEquals(1, asked);
        assertEquals(end, enclave.attestation().claims().validUntil());
    }

    @Test
    void couldNotCheckWhereItsSourceDoesNotAnswer() throws Exception {
        Endorsements published = endingAt(FakeAmd.NOW.plus(Duration.ofDays(20)));

        refused(
                endorsed(published, Endorsements.none(), FakeAmd.NOW),
                COULD_NOT_CHECK,
                "endorsements");
        assertEquals(1, asked);
    }

    @Test
    void saysWhereWhatItVerifiedWithCameFrom() throws Exception {
        assertEquals(
                List.of(origin),
                accepted(endorsed(amd.endorsements(), amd.endorsements(), FakeAmd.NOW)).origins());
        assertEquals(List.of(), accepted(check(fake, POLICY)).origins());
    }

    @Test
    void couldNotCheckWithWhatWasKeptOfASourceThatDoesNotAnswer() throws Exception {
        for (Origin.How how : Origin.How.values()) {
            origin = origin(how);
            for (Endorsements published : List.of(amd.endorsements(), Endorsements.none())) {
                Verdict<EnclaveCheck.Enclave> verdict =
                        endorsed(published, amd.endorsements(), FakeAmd.NOW);
                if (how == Origin.How.UNANSWERED) {
                    refused(verdict, COULD_NOT_CHECK, "endorsements");
                } else {
                    accepted(verdict);
                }
            }
        }
    }

    @Test
    void asksNobodyAboutWhatIsRefusedAnyway() throws Exception {
        amd.report().u64(8, 0xb0000);

        refused(
                endorsed(amd.endorsements(), amd.endorsements(), FakeAmd.NOW),
                NOT_ACCEPTABLE,
                "debug");
        assertEquals(0, asked);
    }

    @Test
    void asksItsSourceWhereAListHasExpired() throws Exception {
        Endorsements lasting = endingAt(FakeAmd.NOW.plus(Duration.ofDays(30)));
        Endorsements expired = endingAt(FakeAmd.NOW.minusSeconds(1));

        accepted(endorsed(expired, lasting, FakeAmd.NOW));
        refused(
                endorsed(expired, Endorsements.none(), FakeAmd.NOW),
                NOT_AUTHENTIC,
                "snp-crl-current");
        assertEquals(2, asked);
    }

    /// The published list is valid and says nothing of what today's revokes.
    @Test
    void seesARevocationInWhatItsSourceHas() throws Exception {
        Endorsements published = endingAt(FakeAmd.NOW.plus(Duration.ofDays(20)));
        amd.revocationList().revoke(0x10001);
        Endorsements revoking = endingAt(FakeAmd.NOW.plus(Duration.ofDays(30)));

        refused(endorsed(published, revoking, FakeAmd.NOW), NOT_AUTHENTIC, "snp-not-revoked");
        // Nor is it forgotten where the service does not answer today.
        origin = origin(Origin.How.UNANSWERED);
        refused(endorsed(published, revoking, FakeAmd.NOW), NOT_AUTHENTIC, "snp-not-revoked");
    }

    /// An operator who fills the enclave's share with what is useless.
    @Test
    void hasRoomForWhatItsSourceHasWhateverWasPublished() throws Exception {
        var junk = new ArrayList<Endorsement>();
        for (int i = 0; i < Endorsements.MAX; i++) {
            amd.leaf().serial(1_000L + i).signer(FakeAmd.key("ark", SnpProduct.MILAN));
            junk.add(new Endorsement.X509(amd.leaf().der()));
        }
        amd.leaf().serial(0).signer(FakeAmd.key("ask", SnpProduct.MILAN));

        accepted(endorsed(new Endorsements(junk), amd.endorsements(), FakeAmd.NOW));
        assertEquals(1, asked);
    }

    @Test
    void refusesAReportThatIsNone() {
        Bytes report = amd.evidence().report();
        var shorter = new SnpEvidence(report.slice(0, report.length() - 1));
        refused(check(fake, shorter, amd.endorsements(), POLICY), MALFORMED, "evidence-form");
    }
}
