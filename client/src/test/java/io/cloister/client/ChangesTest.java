package io.cloister.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Email;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.Terms;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.Stream;

class ChangesTest {
    private static final String URL = "http://127.0.0.1:1";
    private static final String NARROWED = "simulated:" + "0".repeat(64);

    private final Play before = new Play();

    private Changes to(Play after) {
        return Changes.between(before.agreement, Play.RUN, after.agreement, Play.RUN);
    }

    /// Keys, and with them the code statement's signer, differ between two plays.
    private static final String KEYS = "someone's keys changed";

    @Test
    void namesNothingBetweenAnAgreementAndItself() {
        assertTrue(to(before).isEmpty());
    }

    @Test
    void namesEachTermThatChangedWithBothValues() {
        Terms it = before.terms;
        var other =
                new Terms(
                        2,
                        it.notAfter().plusSeconds(1),
                        it.cores() + 1,
                        it.cpuSeconds() + 1,
                        it.memoryBytes() + 1,
                        it.processes() + 1,
                        it.wallSeconds() + 1,
                        it.outputBytes() + 1,
                        it.isolation(),
                        InputMode.STREAMING,
                        true,
                        List.of(Play.CONSUMER),
                        List.of(Play.CODER));
        long end = it.notAfter().getEpochSecond();
        assertEquals(
                Stream.of(
                                "runs: 1 → 2",
                                "notAfter: " + end + " → " + (end + 1),
                                "cores: 2 → 3",
                                "cpuSeconds: 3600 → 3601",
                                "memoryBytes: 4294967296 → 4294967297",
                                "processes: 1 → 2",
                                "wallSeconds: 3600 → 3601",
                                "outputBytes: 1073741824 → 1073741825",
                                "inputMode: \"seekable\" → \"streaming\"",
                                "dataMayChange: false → true",
                                "outputReaders: [] → [\"consumer@example.org\"]",
                                "tracebackReaders: [] → [\"coder@example.org\"]")
                        .sorted()
                        .toList(),
                to(new Play(URL, other, List.of())).terms().stream().sorted().toList());
    }

    @Test
    void namesParticipantsWhoseRoleChanged() {
        List<Email> both = List.of(Play.CONSUMER, Play.PROVIDER);
        Changes changes = to(new Play(URL, before.terms, List.of(), both));
        assertEquals(
                List.of("result consumers: " + List.of(Play.CONSUMER) + " → " + both),
                changes.participants());
        assertFalse(changes.isEmpty());
    }

    @Test
    void namesMeasurementsThatWereNarrowedAndKeysThatChanged() {
        Changes changes = to(new Play(URL, before.terms, List.of(NARROWED)));
        assertEquals(List.of("measurements: [] → [" + NARROWED + "]", KEYS), changes.other());
    }
}
