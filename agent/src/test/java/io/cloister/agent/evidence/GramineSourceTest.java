package io.cloister.agent.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

class GramineSourceTest {
    private static final Bytes HALF = Sha256.of(new byte[] {9}).value();
    private static final Bytes DATA = Bytes.concat(HALF, HALF);

    private final FakeGramine gramine = new FakeGramine();
    private final List<Duration> pauses = new ArrayList<>();
    private final GramineSource source =
            new GramineSource(gramine, GramineSource.FOLDER, new Retry(pauses::add));

    private Evidence evidence() throws Exception {
        return EvidenceBundle.parse(source.evidence(DATA)).evidence();
    }

    @Test
    void writesReportDataThenReadsTheQuote() throws Exception {
        gramine.piece = 7;

        var evidence = assertInstanceOf(SgxEvidence.class, evidence());

        assertEquals(gramine.quote(DATA), evidence.quote());
    }

    @Test
    void triesAgainAfterAFailureAndGivesUpAfterSome() throws Exception {
        gramine.failures = 2;
        assertEquals(new SgxEvidence(gramine.quote(DATA)), evidence());
        assertEquals(2, pauses.size());

        gramine.failures = Retry.ATTEMPTS;
        assertThrows(IOException.class, this::evidence);
    }

    @Test
    void refusesGramineWithoutDcap() {
        for (String type : new String[] {"none", "epid", ""}) {
            gramine.type = type;

            assertThrows(UnusableException.class, this::evidence, type);
        }
        assertEquals(List.of(), pauses);
    }

    @Test
    void refusesReportDataThatDidNotArriveWhole() {
        gramine.lost = 1;

        IOException failure = assertThrows(IOException.class, this::evidence);

        assertTrue(String.valueOf(failure.getMessage()).contains("other report data"));
    }

    @Test
    void refusesAnEmptyQuoteAndOneThatNeverEnds() {
        gramine.length = 0;
        assertThrows(IOException.class, this::evidence);

        gramine.length = SgxEvidence.MAX_LENGTH + 1;
        assertThrows(UnusableException.class, this::evidence);
    }

    /// `/dev/attestation` as Gramine has it.
    private static final class FakeGramine implements AttestationFiles {
        private Bytes data = Bytes.copyOf(new byte[64]);

        String type = "dcap";
        int piece = Integer.MAX_VALUE;
        int failures;
        int lost;
        int length = 4600;

        Bytes quote(Bytes about) {
            byte[] quote = new byte[length];
            System.arraycopy(about.toArray(), 0, quote, 0, Math.min(length, 64));
            return Bytes.copyOf(quote);
        }

        @Override
        public boolean isFolder(Path path) {
            return path.equals(GramineSource.FOLDER);
        }

        @Override
        public boolean isFile(Path path) {
            return true;
        }

        @Override
        public void makeFolder(Path folder) throws IOException {
            throw new NoSuchFileException(folder.toString());
        }

        @Override
        public void removeFolder(Path folder) throws IOException {
            throw new NoSuchFileException(folder.toString());
        }

        @Override
        public ReadableByteChannel openToRead(Path file) throws IOException {
            return switch (Objects.requireNonNull(file.getFileName()).toString()) {
                case "attestation_type" -> new FakeTsm.Piecewise(Bytes.utf8(type).toArray(), piece);
                case "user_report_data" -> new FakeTsm.Piecewise(data.toArray(), piece);
                case "quote" -> {
                    if (failures-- > 0) {
                        throw new IOException("Interrupted system call");
                    }
                    yield new FakeTsm.Piecewise(quote(data).toArray(), piece);
                }
                default -> throw new NoSuchFileException(file.toString());
            };
        }

        @Override
        public WritableByteChannel openToWrite(Path file) throws IOException {
            if (!file.endsWith("user_report_data")) {
                throw new NoSuchFileException(file.toString());
            }
            return new FakeTsm.Collecting(
                    piece,
                    written -> {
                        byte[] kept = written.toArray();
                        for (int i = 0; i < lost; i++) {
                            kept[kept.length - 1 - i] = 0;
                        }
                        data = Bytes.copyOf(kept);
                    });
        }
    }
}
