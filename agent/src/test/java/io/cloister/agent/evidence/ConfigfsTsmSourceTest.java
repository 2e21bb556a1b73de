package io.cloister.agent.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.agent.evidence.FakeTsm.Interference;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

class ConfigfsTsmSourceTest {
    private static final Bytes HALF = Sha256.of(new byte[] {7}).value();
    private static final Bytes DATA = Bytes.concat(HALF, HALF);

    private final FakeTsm kernel = new FakeTsm();
    private final List<Duration> pauses = new ArrayList<>();
    private final ConfigfsTsmSource source =
            new ConfigfsTsmSource(
                    kernel, ConfigfsTsmSource.FOLDER, new SecureRandom(), new Retry(pauses::add));

    private Evidence evidence() throws Exception {
        return EvidenceBundle.parse(source.evidence(DATA)).evidence();
    }

    @Test
    void asksSnpForAReportAboutExactlyTheseData() throws Exception {
        var evidence = assertInstanceOf(SnpEvidence.class, evidence());

        assertEquals(kernel.report(DATA), evidence.report());
        assertEquals(List.of(), pauses);
    }

    @Test
    void asksTdxForAQuote() throws Exception {
        kernel.provider = "tdx_guest";
        kernel.length = 8000;

        var evidence = assertInstanceOf(TdxEvidence.class, evidence());

        assertEquals(kernel.report(DATA), evidence.quote());
    }

    @Test
    void asksAtTheLevelTheGuestRunsAt() throws Exception {
        kernel.floor = 2;

        var evidence = assertInstanceOf(SnpEvidence.class, evidence());

        assertEquals(kernel.report(DATA), evidence.report());
    }

    @Test
    void usesAFolderOfItsOwnEachTimeAndRemovesIt() throws Exception {
        evidence();
        evidence();

        assertEquals(2, kernel.made().size());
        assertNotEquals(kernel.made().get(0), kernel.made().get(1));
        assertEquals(0, kernel.left());
    }

    @Test
    void goesOnAfterShortWritesAndReads() throws Exception {
        kernel.piece = 5;
        kernel.taken = 5;

        assertEquals(new SnpEvidence(kernel.report(DATA)), evidence());
    }

    @Test
    void refusesAPlatformThatTakesNothingOrGivesNothing() {
        kernel.taken = 0;
        assertThrows(IOException.class, this::evidence);

        kernel.taken = 5;
        kernel.piece = 0;
        assertThrows(IOException.class, this::evidence);
        assertEquals(0, kernel.left());
    }

    @Test
    void triesAgainWhileThePlatformIsBusyOrInterrupted() throws Exception {
        kernel.failing("Device or resource busy", "Interrupted system call");

        assertEquals(new SnpEvidence(kernel.report(DATA)), evidence());
        assertEquals(List.of(Duration.ofMillis(50), Duration.ofMillis(100)), pauses);
        assertEquals(0, kernel.left());
    }

    @Test
    void triesAgainWhileThePlatformIsTooBusyToBeAsked() throws Exception {
        kernel.refusingWrites("Device or resource busy", "Device or resource busy");

        assertEquals(new SnpEvidence(kernel.report(DATA)), evidence());
        assertEquals(3, kernel.made().size());
        assertEquals(0, kernel.left());
    }

    @Test
    void givesUpOnAPlatformThatStaysBusy() {
        kernel.failing("busy", "busy", "busy", "busy", "busy", "busy", "busy");

        IOException failure = assertThrows(IOException.class, this::evidence);

        assertTrue(String.valueOf(failure.getMessage()).contains("6 attempts: busy"));
        assertEquals(Retry.ATTEMPTS, kernel.made().size());
        assertEquals(0, kernel.left());
    }

    @Test
    void throwsAwayAReportAboutSomeoneElsesData() {
        for (Interference interference :
                new Interference[] {
                    Interference.WRITES_BEFORE_THE_REPORT, Interference.WRITES_AFTER_THE_REPORT
                }) {
            kernel.interference = interference;

            IOException failure = assertThrows(IOException.class, this::evidence);

            assertTrue(
                    String.valueOf(failure.getMessage()).contains("generation"),
                    failure.getMessage());
            assertEquals(0, kernel.left());
        }
    }

    @Test
    void passesOnTheCertificatesThatTheHostHandsOut() throws Exception {
        kernel.certificates =
                Bytes.concat(
                        row("63da758de6644564adc5f4b93be8accd", 72, 3),
                        row("92f81bc358114d3d97ffd19f88dc67ea", 75, 2),
                        Bytes.copyOf(new byte[24]),
                        Bytes.utf8("abcde"));

        EvidenceBundle bundle = EvidenceBundle.parse(source.evidence(DATA));

        assertEquals(
                List.of(
                        new Endorsement.X509(Bytes.utf8("abc")),
                        new Endorsement.Crl(Bytes.utf8("de"))),
                bundle.endorsements().all());
    }

    @Test
    void publishesWithoutATableThatCannotBeRead() throws Exception {
        kernel.certificates = Bytes.utf8("no table");

        EvidenceBundle bundle = EvidenceBundle.parse(source.evidence(DATA));

        assertEquals(Endorsements.none(), bundle.endorsements());
        assertEquals(new SnpEvidence(kernel.report(DATA)), bundle.evidence());
    }

    private static Bytes row(String guid, int offset, int length) throws Exception {
        return Bytes.concat(
                Bytes.fromHex(guid, "guid"),
                Bytes.copyOf(new byte[] {(byte) offset, 0, 0, 0, (byte) length, 0, 0, 0}));
    }

    @Test
    void refusesAnotherProvider() {
        kernel.provider = "cca_guest\u001b[2J";

        IOException failure = assertThrows(UnusableException.class, this::evidence);

        assertTrue(String.valueOf(failure.getMessage()).contains("cca_guest\\u{1b}"));
        assertEquals(List.of(), pauses);
        assertEquals(0, kernel.left());
    }

    @Test
    void refusesAnEmptyReportAndOneThatNeverEnds() {
        kernel.length = 144 + SnpEvidence.MAX_LENGTH;
        assertThrows(UnusableException.class, this::evidence);

        kernel.provider = "tdx_guest";
        kernel.length = TdxEvidence.MAX_LENGTH + 1;
        assertThrows(UnusableException.class, this::evidence);
    }
}
