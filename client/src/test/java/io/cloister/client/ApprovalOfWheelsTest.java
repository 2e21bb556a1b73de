package io.cloister.client;

import static io.cloister.client.Finding.Kind.MALFORMED;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.testkit.TestWheel;
import io.cloister.client.code.CodeFinding;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.document.VerifiedAgreement;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What is said at approval of wheels that change what packages of the runtime do.
final class ApprovalOfWheelsTest {
    private static final String RUN = "import secret\n";
    private static final TestWheel SEEN =
            TestWheel.honest("fast", "1.0", Map.of("numexpr/__init__.py", ""));
    private static final TestWheel UNSEEN =
            TestWheel.honest("fast", "1.0", Map.of("numexprs/__init__.py", ""));

    @TempDir private Path folder;

    private Bytes bundle(TestWheel wheel) throws Exception {
        Path file = wheel.write(folder);
        return bundle(Bytes.copyOf(Files.readAllBytes(file)));
    }

    private static Bytes bundle(Bytes wheel) {
        return bundle(SEEN.fileName(), wheel);
    }

    private static Bytes bundle(String name, Bytes wheel) {
        return Play.bundle(RUN, new TreeMap<>(Map.of(name, wheel)));
    }

    private static Verdict<Approvable> prepared(ServedPlay served, Bytes bundle, byte[]... shown)
            throws Exception {
        Play play = served.play;
        VerifiedAgreement agreement = play.agreement(play.code("wheels", bundle), play.cards);
        served.show(
                agreement,
                bundle,
                play.identity(
                        play.computation,
                        agreement.digest(),
                        play.runtime,
                        SigningKey.generate(Play.RANDOM)));
        if (shown.length > 0) {
            served.show(shown);
        }
        return served.seat().approval().prepare(served.request(false));
    }

    private static List<String> said(ServedPlay served, Bytes bundle) throws Exception {
        return accepted(prepared(served, bundle)).wheels().stream()
                .map(CodeFinding::toString)
                .toList();
    }

    @Test
    void namesAModuleThatThePackagesOfTheRuntimeImportByThemselves() throws Exception {
        try (var served = new ServedPlay(folder.resolve("home"))) {
            assertEquals(List.of(), said(served, bundle(UNSEEN)));

            List<String> said = said(served, bundle(SEEN));
            assertEquals(1, said.size());
            assertTrue(
                    said.getFirst().contains("numexpr") && said.getFirst().contains("pandas"),
                    said.toString());
        }
    }

    @Test
    void refusesCodeThatIsShownWithoutItsWheelOrRenamedTheSecondTime() throws Exception {
        try (var served = new ServedPlay(folder.resolve("home"))) {
            Bytes agreed = bundle(SEEN);
            Bytes wheel = Bytes.copyOf(Files.readAllBytes(folder.resolve(SEEN.fileName())));
            accepted(prepared(served, agreed, agreed.toArray(), agreed.toArray()));
            for (Bytes second :
                    List.of(
                            Play.bundle(RUN),
                            bundle(UNSEEN.fileName().replace("fast", "past"), wheel),
                            Play.bundle(
                                    RUN + " ", new TreeMap<>(Map.of(SEEN.fileName(), wheel))))) {
                refused(
                        prepared(served, agreed, agreed.toArray(), second.toArray()),
                        NOT_AUTHENTIC,
                        "code-bundle");
            }
        }
    }

    @Test
    void refusesAWheelThatIsNoneAndOneThatIsAnotherTheSecondTime() throws Exception {
        try (var served = new ServedPlay(folder.resolve("home"))) {
            refused(prepared(served, bundle(Bytes.utf8("no archive"))), MALFORMED, "code-wheel");

            Bytes agreed = bundle(SEEN);
            accepted(prepared(served, agreed, agreed.toArray(), agreed.toArray()));
            refused(
                    prepared(served, agreed, agreed.toArray(), bundle(UNSEEN).toArray()),
                    NOT_AUTHENTIC,
                    "code-bundle");
        }
    }
}
