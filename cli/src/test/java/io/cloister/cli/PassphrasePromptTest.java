package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Passphrases as a person types them: the command is a process of its own at a real terminal.
class PassphrasePromptTest {
    private static final String RECIPIENT =
            "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    private static final String OLD = "Passphrase of the key store: ";
    private static final String NEW = "New passphrase of the key store: ";
    private static final String AGAIN = "The same again: ";

    /// Starts a command at a terminal of its own. For each question and answer, waits for the
    /// question, then types the answer. Prints all that was to be seen there.
    private static final String TERMINAL =
            """
            import os, pty, sys
            count = int(sys.argv[1])
            dialogue = sys.argv[2:2 + 2 * count]
            pid, terminal = pty.fork()
            if pid == 0:
                os.execv(sys.argv[2 + 2 * count], sys.argv[2 + 2 * count:])
            seen, at = b"", 0
            while True:
                try:
                    chunk = os.read(terminal, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                seen += chunk
                if dialogue and dialogue[0].encode() in seen[at:]:
                    at = len(seen)
                    os.write(terminal, dialogue[1].encode() + b"\\n")
                    dialogue = dialogue[2:]
            sys.stdout.buffer.write(seen)
            sys.stdout.flush()
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            sys.exit(99 if dialogue else status)
            """;

    @TempDir private Path folder;

    /// What a person saw.
    private record Seen(int exit, List<String> lines) {}

    private Seen type(List<String> dialogue, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("python3", "-c", TERMINAL));
        command.add(Integer.toString(dialogue.size() / 2));
        command.addAll(dialogue);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("io.cloister.cli.Main");
        command.addAll(List.of(arguments));
        command.addAll(List.of("--home", home().toString()));
        var builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.redirectErrorStream(true);
        Process process = builder.start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        for (int i = 1; i < dialogue.size(); i += 2) {
            String typed = dialogue.get(i);
            assertFalse(!typed.isEmpty() && text.contains(typed), "shown: " + typed);
        }
        return new Seen(exit, text.replace("\r", "").lines().toList());
    }

    private Path home() {
        return folder.resolve("home");
    }

    private String made() {
        return "! Made a new key store, without passphrase, in "
                + home()
                + ". If yours has one, this is not yours.";
    }

    @Test
    void makesAStoreUnderAPassphraseWhereOneIsExpected() throws Exception {
        String[] list = {"keys", "list", "--protected"};
        Seen seen = type(List.of(NEW, "correct horse", AGAIN, "correct horse"), list);
        assertEquals(0, seen.exit(), seen::toString);
        assertEquals(List.of(NEW, AGAIN), seen.lines().subList(0, 2));
        assertTrue(Files.isDirectory(home().resolve("sealed")));
        assertEquals(0, backup("correct horse").exit());
    }

    private Seen backup(String typed) throws Exception {
        return type(List.of(OLD, typed), "keys", "backup", "all.age", "-r", RECIPIENT);
    }

    @Test
    void asksForThePassphraseAndDoesNotShowIt() throws Exception {
        give("correct horse");

        Seen seen = backup("correct horse");
        assertEquals(0, seen.exit(), seen::toString);
        assertEquals(OLD, seen.lines().getFirst());
        assertTrue(seen.lines().getLast().startsWith("Wrote 0 records to "), seen::toString);
        assertEquals(2, seen.lines().size(), seen::toString);
    }

    private void give(String passphrase) throws Exception {
        Seen seen = type(List.of(NEW, passphrase, AGAIN, passphrase), "keys", "protect");
        assertEquals(0, seen.exit(), seen::toString);
        assertEquals(
                List.of(made(), NEW, AGAIN, "The key store is under a passphrase now."),
                seen.lines());
        assertTrue(Files.isDirectory(home().resolve("sealed")));
    }

    @Test
    void saysOnceThatThePassphraseIsAnother() throws Exception {
        give("correct horse");

        Seen seen = backup("battery staple");
        assertEquals(Exit.LOCAL.code(), seen.exit(), seen::toString);
        assertEquals(
                List.of(
                        OLD,
                        "error: the passphrase of the key store is another",
                        "hint: try again, or say where the passphrase is with --passphrase-file"),
                seen.lines());
        assertFalse(Files.exists(folder.resolve("all.age")));
    }

    @Test
    void saysThatNothingWasTyped() throws Exception {
        give("correct horse");

        Seen seen = backup("");
        assertEquals(Exit.LOCAL.code(), seen.exit(), seen::toString);
        assertEquals(
                List.of(OLD, "error: the key store can't be used: no passphrase was given"),
                seen.lines());
    }

    @Test
    void changesNothingUnlessTheNewOneIsTypedTwice() throws Exception {
        Seen seen = type(List.of(NEW, "correct horse", AGAIN, "correct house"), "keys", "protect");
        assertEquals(Exit.CANCELLED.code(), seen.exit(), seen::toString);
        assertEquals(
                List.of(made(), NEW, AGAIN, "error: that was not the same again; nothing was done"),
                seen.lines());
        assertFalse(Files.exists(home().resolve("sealed")));
    }

    @Test
    void asksForTheOldOneBeforeTheNewOne() throws Exception {
        give("correct horse");

        Seen refused = type(List.of(OLD, "battery staple"), "keys", "protect");
        assertEquals(Exit.LOCAL.code(), refused.exit(), refused::toString);
        Seen changed =
                type(
                        List.of(
                                OLD,
                                "correct horse",
                                NEW,
                                "battery staple",
                                AGAIN,
                                "battery staple"),
                        "keys",
                        "protect");
        assertEquals(0, changed.exit(), changed::toString);
        assertEquals(
                List.of(OLD, NEW, AGAIN, "The key store has another passphrase now."),
                changed.lines());
        assertEquals(Exit.LOCAL.code(), backup("correct horse").exit());
        assertEquals(0, backup("battery staple").exit());
    }
}
