package io.cloister.client;

import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.dsse.Envelope;

import org.junit.jupiter.api.Test;

import java.util.Collections;
import java.util.Optional;

class TrailTest {
    private static final Trail.Step STEP =
            new Trail.Step(Sha256.of(Bytes.utf8("receipt")), Outcome.SUCCESS, false);

    private final Play play = new Play();

    private Verdict<Trail> oneMoreThan(int runs) {
        var trail = new Trail(play.identity.digest(), Collections.nCopies(runs, STEP));
        Envelope next =
                play.sign(play.receipt(runs + 1, Outcome.SUCCESS, Optional.of(STEP.receipt())));
        return trail.with(next, play.grant(Play.CONSUMER));
    }

    @Test
    void followsNoMoreRunsThanOneRecordHolds() {
        accepted(oneMoreThan(99_999));
        refused(oneMoreThan(100_000), Finding.Kind.COULD_NOT_CHECK, "receipt-chain-length");
    }
}
