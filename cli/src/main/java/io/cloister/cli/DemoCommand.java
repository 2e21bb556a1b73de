package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.RefusedException;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.MalformedException;
import io.cloister.server.ServerSettings;
import io.cloister.server.SetupException;

import picocli.CommandLine;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// `demo`.
@CommandLine.Command(
        name = "demo",
        description =
                "Play a whole computation on this machine: six people, each with a key store of"
                    + " their own, a server, an enclave process, real encryption, and one result."
                    + " Nothing is left behind.")
final class DemoCommand extends Command {
    @Option(
            names = "--keep",
            description = "Keep the folder with the key stores, the server's data and the results.")
    private boolean keep;

    DemoCommand(World world) {
        super(world);
    }

    @Override
    Exit run()
            throws ClientException,
                    ServerException,
                    RefusedException,
                    MalformedException,
                    CommandException,
                    IOException,
                    InterruptedException {
        Installation installation = Installation.of(world(), screen()::note);
        // Short names: sockets lie in there, whose paths may not be long.
        Path folder = Files.createTempDirectory("cloister-");
        var leftovers = new Leftovers(folder, keep);
        var atExit = new Thread(leftovers::close);
        Runtime.getRuntime().addShutdownHook(atExit);
        try (leftovers) {
            PrintStream log =
                    new PrintStream(
                            Files.newOutputStream(folder.resolve("server.log")),
                            true,
                            StandardCharsets.UTF_8);
            leftovers.add(log);
            Path data = folder.resolve("server");
            Installation.Running running =
                    installation.start(
                            ServerSettings.of(data).withLog(log),
                            List.of("base"),
                            folder.resolve("run"),
                            world());
            leftovers.add(running);
            new Demo(installation.root(), folder, data, running.server().uri(), world(), screen())
                    .play();
            if (keep) {
                screen().line("Everything is kept in " + folder + ".");
            }
        } catch (SetupException e) {
            throw new CommandException(Exit.LOCAL, String.valueOf(e.getMessage()));
        }
        Runtime.getRuntime().removeShutdownHook(atExit);
        return Exit.OK;
    }
}
