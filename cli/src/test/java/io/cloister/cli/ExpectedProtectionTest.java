package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/// A clear key store in the place of one under a passphrase, and a person who says what to expect.
class ExpectedProtectionTest {
    @TempDir private Path folder;

    private CommandLineRun run(Map<String, String> environment, String... arguments) {
        return CommandLineRun.in(folder, Clock.systemUTC(), environment, arguments);
    }

    private static void refused(CommandLineRun run) {
        assertEquals(Exit.LOCAL.code(), run.exit(), run::toString);
        assertTrue(run.err().contains("not under a passphrase, and one was expected"), run::err);
    }

    @Test
    void refusesAClearStoreWhereAProtectedOneIsExpected() {
        assertEquals(0, run(Map.of(), "keys", "list").exit());
        refused(run(Map.of(), "keys", "list", "--protected"));
        refused(run(Map.of("CLOISTER_PROTECTED", "1"), "keys", "list"));
        assertEquals(0, run(Map.of("CLOISTER_PROTECTED", "0"), "keys", "list").exit());
        CommandLineRun unclear = run(Map.of("CLOISTER_PROTECTED", "yes"), "keys", "list");
        assertEquals(Exit.USAGE.code(), unclear.exit(), unclear::toString);
    }

    @Test
    void saysThatItMadeAClearStoreAndSaysItOnce() {
        String made = "! Made a new key store, without passphrase, in ";
        assertTrue(run(Map.of(), "keys", "list").err().contains(made));
        assertFalse(run(Map.of(), "keys", "list").err().contains(made));
    }

    @Test
    void makesNoClearStoreWhereAProtectedOneIsExpected() {
        CommandLineRun run = run(Map.of(), "keys", "list", "--protected");
        assertEquals(Exit.USAGE.code(), run.exit(), run::toString);
        assertFalse(Files.exists(folder.resolve("user/.local/share/cloister")));
    }
}
