package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What `code test` refuses before it starts anything; the module `e2e` has it run.
class CodeTestCommandTest {
    @TempDir private Path folder;

    @BeforeEach
    void makeProject() {
        CommandLineRun.in(folder, "code", "init", "project");
    }

    private void expect(Exit exit, String text, String... options) {
        List<String> line = new ArrayList<>(List.of("code", "test", "project"));
        line.addAll(List.of(options));
        CommandLineRun run = CommandLineRun.in(folder, line.toArray(String[]::new));
        assertEquals(exit.code(), run.exit(), run::toString);
        assertTrue(run.err().contains(text), run::toString);
    }

    @Test
    void takesWhatIsWithinItsBounds() {
        // It goes on to the packages, of which a test of this module has none.
        expect(Exit.LOCAL, "does not know where Cloister is installed");
        expect(Exit.LOCAL, "does not know", "--consumers", "64", "--repeat", "1000");
        expect(Exit.LOCAL, "does not know", "--memory", "64MiB", "--cores", "1");
    }

    @Test
    void refusesNumbersBeyondTheirBounds() {
        expect(Exit.USAGE, "--consumers is 1 to 64", "--consumers", "0");
        expect(Exit.USAGE, "--consumers is 1 to 64", "--consumers", "65");
        expect(Exit.USAGE, "--repeat is 1 to 1000", "--repeat", "0");
        expect(Exit.USAGE, "--repeat is 1 to 1000", "--repeat", "1001");
    }

    @Test
    void refusesTermsThatNoProposalCanHave() {
        expect(Exit.USAGE, "memoryBytes", "--memory", "63MiB");
        expect(Exit.USAGE, "cores", "--cores", "0");
    }

    @Test
    void refusesAFolderThatIsNotThere() {
        CommandLineRun run = CommandLineRun.in(folder, "code", "test", "elsewhere");
        assertEquals(Exit.NOT_FOUND.code(), run.exit(), run::toString);
    }

    @Test
    void saysThatOtherSystemsHaveNoSuchSandbox() {
        assertDoesNotThrow(() -> CodeTestCommand.requireLinux("Linux"));
        var refused =
                assertThrows(
                        CommandException.class, () -> CodeTestCommand.requireLinux("Mac OS X"));
        assertEquals(Exit.COULD_NOT_CHECK, refused.exit());
        assertTrue(refused.hint().contains("code check works here"));
    }
}
