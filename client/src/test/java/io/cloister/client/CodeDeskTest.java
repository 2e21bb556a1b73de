package io.cloister.client;

import static io.cloister.client.Finding.Kind.COULD_NOT_CHECK;
import static io.cloister.client.Finding.Kind.MALFORMED;
import static io.cloister.client.Verdicts.accepted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What of the code a participant takes from a server.
class CodeDeskTest {
    @TempDir private Path folder;

    private ServedPlay served;
    private Path target;

    @BeforeEach
    void open() throws Exception {
        served = new ServedPlay(folder.resolve("home"));
        target = folder.resolve("code");
    }

    @AfterEach
    void close() {
        served.close();
    }

    private void refused(Finding.Kind kind, String code) {
        var refusal = assertThrows(RefusedException.class, () -> served.seat().code().pull(target));
        assertEquals(
                List.of(kind + " " + code),
                refusal.findings().stream().map(one -> one.kind() + " " + one.code()).toList());
        assertFalse(Files.exists(target));
    }

    @Test
    void writesTheCodeOfTheAgreement() throws Exception {
        assertEquals(List.of("run.py"), served.seat().code().pull(target));
        assertEquals(Play.RUN, Files.readString(target.resolve("run.py")));
    }

    @Test
    void refusesABundleOfWhichAByteIsAltered() {
        byte[] altered = served.play.bundle.toArray();
        altered[0] ^= 1;
        served.show(altered);
        refused(MALFORMED, "code-bundle-form");
    }

    @Test
    void takesNoServersWordThatThereIsNoAgreementOnceThisClientGrantedUnderOne() throws Exception {
        served.hideAgreement();
        assertEquals(List.of("run.py"), served.seat().code().pull(folder.resolve("before")));

        served.show(served.play.agreement, served.play.bundle, served.play.identity);
        ApprovalDesk approval = served.seat().approval();
        approval.grant(accepted(approval.prepare(served.request(false))));
        served.hideAgreement();
        refused(COULD_NOT_CHECK, "agreement-hidden");
    }
}
