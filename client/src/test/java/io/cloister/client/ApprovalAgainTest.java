package io.cloister.client;

import static io.cloister.client.Finding.Kind.MALFORMED;
import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/// What of an agreement can change between two approvals, and what is shown of it then.
class ApprovalAgainTest {
    @TempDir private Path folder;

    private static Terms until(Instant notAfter) {
        Terms usual = Terms.defaults(Play.NOW);
        return usual.toBuilder().notAfter(notAfter).build();
    }

    private static EnclaveIdentity enclave(Play play, VerifiedAgreement agreement) {
        return play.identity(
                play.computation,
                agreement.digest(),
                play.runtime,
                SigningKey.generate(Play.RANDOM));
    }

    private static Approvable prepared(ServedPlay served) throws Exception {
        return accepted(served.seat().approval().prepare(served.request(true)));
    }

    @Test
    void showsEachLineOfRunPyThatChangedSinceTheLastGrant() throws Exception {
        try (var served = new ServedPlay(folder.resolve("home"))) {
            Play play = served.play;
            served.seat().approval().grant(prepared(served));

            Bytes bundle = Play.bundle("import os\nimport secret\n");
            VerifiedAgreement other = play.agreement(play.code("other", bundle), play.cards);
            served.show(other, bundle, enclave(play, other));
            Verdict<Approvable> unasked = served.seat().approval().prepare(served.request(false));
            refused(unasked, NOT_ACCEPTABLE, "granted-before");
            refused(unasked, NOT_ACCEPTABLE, "agreement-changed");

            Approvable again = prepared(served);
            assertEquals(2, again.possibleRuns());
            Changes changes = again.changes().orElseThrow();
            assertEquals(List.of("+import os", " import secret"), changes.run());
            assertEquals(
                    List.of(
                            "code bundle: "
                                    + play.agreement.code().bundle()
                                    + " → "
                                    + other.code().bundle()),
                    changes.other());
            assertEquals(List.of(), changes.terms());
            assertEquals(List.of(), changes.participants());
        }
    }

    @Test
    void showsNoChangeWhereOnlyTheEnclaveIsAnother() throws Exception {
        try (var served = new ServedPlay(folder.resolve("home"))) {
            Play play = served.play;
            served.seat().approval().grant(prepared(served));
            served.show(play.agreement, play.bundle, enclave(play, play.agreement));
            Verdict<Approvable> unasked = served.seat().approval().prepare(served.request(false));
            assertEquals(List.of("granted-before"), codes(unasked));
            assertTrue(prepared(served).changes().orElseThrow().isEmpty());
        }
    }

    private static List<String> codes(Verdict<?> verdict) {
        return switch (verdict) {
            case Verdict.Accepted<?> _ -> List.of();
            case Verdict.Refused<?>(var findings) -> findings.stream().map(Finding::code).toList();
        };
    }

    @Test
    void refusesABundleOfWhichAByteIsAltered() throws Exception {
        try (var served = new ServedPlay(folder.resolve("home"))) {
            prepared(served);
            byte[] altered = served.play.bundle.toArray();
            altered[0] ^= 1;
            served.show(altered);
            Verdict<Approvable> verdict = served.seat().approval().prepare(served.request(false));
            refused(verdict, MALFORMED, "code-bundle-form");
            assertEquals(List.of("code-bundle-form"), codes(verdict));
        }
    }

    @Test
    void refusesAnAgreementFromTheSecondOnAtWhichItEnds() throws Exception {
        try (var served = new ServedPlay(folder.resolve("one"), until(Play.NOW.plusSeconds(1)))) {
            prepared(served);
        }
        try (var served = new ServedPlay(folder.resolve("two"), until(Play.NOW))) {
            refused(
                    served.seat().approval().prepare(served.request(false)),
                    NOT_ACCEPTABLE,
                    "agreement-expired");
        }
    }
}
