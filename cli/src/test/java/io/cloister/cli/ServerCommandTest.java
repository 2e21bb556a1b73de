package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;

/// What `server start` refuses before it starts anything.
final class ServerCommandTest {
    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://git.example.org",
                "git.example.org:443",
                "git.example.org/a",
                "git.example.org.",
                "a@git.example.org",
                "*.example.org",
                "[::1]"
            })
    void takesNamesOfHostsOnly(String hosts) {
        CommandLineRun run =
                CommandLineRun.in(
                        folder,
                        "server",
                        "start",
                        "--data",
                        "data",
                        "--cosmian-dialect",
                        "--cosmian-git-hosts",
                        "example.com," + hosts);
        assertEquals(Exit.USAGE.code(), run.exit(), run::err);
        assertTrue(run.err().contains("--cosmian-git-hosts takes names of hosts"), run::err);
    }

    @Test
    void takesGitHostsForTheCosmianDialectOnly() {
        CommandLineRun run =
                CommandLineRun.in(
                        folder,
                        "server",
                        "start",
                        "--data",
                        "data",
                        "--cosmian-git-hosts",
                        "git.example.org");
        assertEquals(Exit.USAGE.code(), run.exit(), run::err);
        assertTrue(run.err().contains("--cosmian-git-hosts goes with --cosmian-dialect"), run::err);
    }
}
