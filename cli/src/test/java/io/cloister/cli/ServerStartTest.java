package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.server.ServerSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Options of `server start`: what the server is told, and what is refused before it starts.
final class ServerStartTest {
    @TempDir private Path folder;

    /// The dialect as the server would be told of it.
    private Optional<ServerSettings.Cosmian> told(String... options) throws Exception {
        var start = new ServerCommand.Start(SilentWorld.in(folder));
        String[] all = new String[options.length + 2];
        all[0] = "--data";
        all[1] = "d";
        System.arraycopy(options, 0, all, 2, options.length);
        new CommandLine(start).parseArgs(all);
        return start.settings(folder.resolve("d")).cosmian();
    }

    @Test
    void theCosmianDialectIsSpokenOnlyIfAskedFor() throws Exception {
        assertEquals(Optional.empty(), told());
        assertEquals(Optional.of(ServerSettings.Cosmian.usual()), told("--cosmian-dialect"));
    }

    @Test
    void theCosmianDialectRunsOnThePackagesThatAreNamed() throws Exception {
        assertEquals(
                Optional.of(new ServerSettings.Cosmian(Optional.of("standard"), List.of())),
                told("--cosmian-dialect", "--cosmian-runtime", "standard"));
    }

    @Test
    void packagesOfADialectThatIsNotSpokenAreRefused() {
        refused("--cosmian-runtime goes with --cosmian-dialect", "--cosmian-runtime", "standard");
    }

    @Test
    void certificatesAndTheirKeyGoTogether() {
        refused("--certificates and --key go together", "--certificates", "c.pem");
        refused("--certificates and --key go together", "--key", "k.pem");
    }

    @Test
    void takesNoFewerThanOneEnclave() {
        refused("--enclaves takes 1 or more, not 0", "--enclaves", "0");
        refused("--enclaves takes 1 or more, not -1", "--enclaves=-1");
    }

    @Test
    void takesOnlyPortsThereAre() {
        refused("--port takes 0 to 65535, not -1", "--port=-1");
        refused("--port takes 0 to 65535, not 65536", "--port", "65536");
    }

    private void refused(String why, String... options) {
        String[] all = new String[options.length + 4];
        all[0] = "server";
        all[1] = "start";
        all[2] = "--data";
        all[3] = "d";
        System.arraycopy(options, 0, all, 4, options.length);
        CommandLineRun run = CommandLineRun.in(folder, all);
        assertEquals(Exit.USAGE.code(), run.exit(), run.err());
        assertTrue(run.err().contains(why), run.err());
        assertTrue(Files.notExists(folder.resolve("d")), "the server's folder was made");
    }
}
