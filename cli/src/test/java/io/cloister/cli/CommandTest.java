package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;

/// Sizes and times as they are typed.
final class CommandTest {
    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "7, 7",
        "7B, 7",
        "3KiB, 3072",
        "512MiB, 536870912",
        "1 gib, 1073741824",
        "8388607TiB, 9223370937343148032",
        "999999999999, 999999999999"
    })
    void readsSizes(String text, long bytes) throws CommandException {
        assertEquals(bytes, Command.bytes(text, "--memory"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"8388608TiB", "16777216TiB", "16777217TiB", "999999999999GiB"})
    void refusesSizesThatDoNotFitInsteadOfWrapping(String text) {
        refused(
                "--memory: expected less than 8 EiB, got " + text,
                () -> Command.bytes(text, "--memory"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "-1MiB", "1.5GiB", "MiB", "1PiB", "0x10", "1000000000000"})
    void refusesWhatIsNoSize(String text) {
        refused("--memory: expected a size such as ", () -> Command.bytes(text, "--memory"));
    }

    @Test
    void tellsNoRunFromRunZero() throws CommandException {
        assertEquals(0, Command.runNumber(null));
        assertEquals(1, Command.runNumber(1L));
        refused("--run: runs count from 1, got 0", () -> Command.runNumber(0L));
    }

    @ParameterizedTest
    @CsvSource({"0s, PT0S", "30s, PT30S", "15m, PT15M", "2h, PT2H", "7d, P7D", "36500d, P36500D"})
    void readsTimes(String text, Duration time) throws CommandException {
        assertEquals(time, Command.duration(text, "--life"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1s", "-1d", "36501d", "876001h", "999999999999d"})
    void refusesTimesThatAreNegativeOrTooLong(String text) {
        refused(
                "--life: expected 0 to 36500 days, got " + text,
                () -> Command.duration(text, "--life"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "d", "1w", "1d1d", "99999999999999999999d"})
    void refusesWhatIsNoTime(String text) {
        refused("--life: expected a time such as ", () -> Command.duration(text, "--life"));
    }

    @Test
    void aTokenWhoseLifeIsOverIsNotMade() {
        assertEquals(0, account("add", "a@example.org").exit());
        CommandLineRun run = account("token", "a@example.org", "--life=-1d");
        assertEquals(Exit.USAGE.code(), run.exit(), run::toString);
        assertTrue(account("list").out().contains(" 0 tokens"));
    }

    @Test
    void aQuotaThatWouldWrapMakesNoAccount() {
        CommandLineRun run = account("add", "a@example.org", "--quota", "16777216TiB");
        assertEquals(Exit.USAGE.code(), run.exit(), run::toString);
        assertEquals("", account("list").out());
    }

    private CommandLineRun account(String... words) {
        String[] all = new String[words.length + 4];
        all[0] = "server";
        all[1] = "account";
        System.arraycopy(words, 0, all, 2, words.length);
        all[words.length + 2] = "--data";
        all[words.length + 3] = "d";
        return CommandLineRun.in(folder, all);
    }

    private static void refused(String why, Refused work) {
        CommandException refused = assertThrows(CommandException.class, work::run);
        assertEquals(Exit.USAGE, refused.exit());
        assertTrue(String.valueOf(refused.getMessage()).startsWith(why), refused::getMessage);
    }

    private interface Refused {
        void run() throws CommandException;
    }
}
