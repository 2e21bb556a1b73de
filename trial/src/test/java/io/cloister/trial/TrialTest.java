package io.cloister.trial;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.List;

/// What a trial says without running anything; the module `e2e` has it run.
class TrialTest {
    @TempDir private Path folder;

    @BeforeEach
    void makeAnAlteredRuntime() throws IOException {
        Files.writeString(folder.resolve("requirements.lock"), "# another");
    }

    private String answer(int files, int inputs) throws Exception {
        var file = new TrialJob.CodeFile("run.py", false, folder.resolve("run.py"));
        var input = new TrialJob.Input(new FileName("a"), folder.resolve("a"));
        var provider =
                new TrialJob.Provider(
                        new Email("alice@test.invalid"), Collections.nCopies(inputs, input));
        var job =
                new TrialJob(
                        folder,
                        folder,
                        folder,
                        Sha256.of(new byte[0]),
                        folder,
                        folder,
                        Collections.nCopies(files, file),
                        List.of(provider),
                        List.of(),
                        Terms.defaults(Instant.EPOCH));
        Json answer =
                new Trial(
                                job,
                                Clock.systemUTC(),
                                new PrintStream(
                                        OutputStream.nullOutputStream(),
                                        false,
                                        StandardCharsets.UTF_8))
                        .run();
        return answer.text();
    }

    @Test
    void runsNothingOnARuntimeThatWasAltered() throws Exception {
        assertTrue(answer(1, 1).contains("the runtime's files were altered"));
    }

    @Test
    void refusesAsManyFilesAsNoSandboxTakes() throws Exception {
        assertFalse(answer(9_999, 1).contains("refused"));
        assertTrue(answer(10_000, 1).contains("more than 10000 files and inputs"));
    }

    @Test
    void refusesAsManyInputsAsNoReceiptNames() throws Exception {
        assertFalse(answer(1, 4_096).contains("refused"));
        assertTrue(answer(1, 4_097).contains("more than 4096 inputs"));
    }
}
