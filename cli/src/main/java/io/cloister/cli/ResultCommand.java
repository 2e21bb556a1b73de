package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.OpenedFile;
import io.cloister.client.RefusedException;
import io.cloister.client.ResultDesk;
import io.cloister.client.Seat;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// `result`.
@CommandLine.Command(
        name = "result",
        description = "Results for a consumer.",
        subcommands = {ResultCommand.Wait.class, ResultCommand.Get.class})
final class ResultCommand extends Group {
    /// `result wait`.
    @CommandLine.Command(
            name = "wait",
            description = "Wait for a run that you have not fetched the result of.")
    static final class Wait extends SeatCommand {
        @Option(
                names = "--timeout",
                defaultValue = "1h",
                paramLabel = "TIME",
                description = "Give up after: ${DEFAULT-VALUE}.")
        private String timeout = "1h";

        Wait(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        RefusedException,
                        CommandException,
                        InterruptedException {
            Said.Run run = seat.results().await(duration(timeout, "--timeout"));
            screen().line(
                            "The server says: run "
                                    + run.run()
                                    + " of enclave "
                                    + run.identity()
                                    + " ended, "
                                    + Shown.bounded(run.state())
                                    + ".");
            screen().json(Json.object().put("serverSays", json(run)).build());
            return run.state().equals("succeeded") ? Exit.OK : Exit.RUN_FAILED;
        }
    }

    private static Json json(Said.Run run) {
        return Json.object()
                .put("identity", run.identity().toString())
                .put("run", run.run())
                .put("state", run.state())
                .putIfPresent("outcome", run.outcome())
                .putIfPresent("receipt", run.receipt())
                .build();
    }

    /// `result get`.
    @CommandLine.Command(
            name = "get",
            description =
                    "Accept a result and open it. Its receipt must be by an enclave you granted"
                            + " to.")
    static final class Get extends SeatCommand {
        @Option(
                names = "--run",
                paramLabel = "N",
                description =
                        "Which run of its enclave; the newest you have not fetched, if left out.")
        private long run;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "PATH",
                description =
                        "A folder, or for a single result a file. Default: this folder, under the"
                                + " name the code gave it.")
        private String output = "";

        @Option(names = "--force", description = "Replace files that exist.")
        private boolean force;

        @Option(names = "--again", description = "Fetch the result of a run once more.")
        private boolean again;

        Get(World world) {
            super(world);
        }

        @Option(
                names = "--log",
                description =
                        "Open what the run printed and its traceback instead, if the terms let you"
                                + " read them.")
        private boolean log;

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        RefusedException,
                        CommandException,
                        InterruptedException {
            ResultDesk desk = seat.results();
            Said.Run chosen = choose(seat, desk);
            if (log) {
                report(
                        desk.printed(
                                chosen.identity(), chosen.run(), delivery(), screen().progress()));
                return Exit.OK;
            }
            if (!chosen.state().equals("succeeded")) {
                throw new CommandException(
                        Exit.RUN_FAILED,
                        "the server says run "
                                + chosen.run()
                                + " did not succeed: "
                                + Shown.bounded(chosen.outcome().orElse(chosen.state())),
                        "see its receipt: cloister receipt show --run " + chosen.run());
            }
            report(desk.get(chosen.identity(), chosen.run(), delivery(), screen().progress()));
            return Exit.OK;
        }

        private Said.Run choose(Seat seat, ResultDesk desk)
                throws ClientException, ServerException, CommandException, InterruptedException {
            if (run == 0 && !again && !log) {
                return desk.newest()
                        .orElseThrow(() ->
                                new CommandException(
                                        Exit.STATE,
                                        "there is no result you have not fetched",
                                        "wait with: cloister result wait"));
            }
            List<Said.Run> runs = seat.runs();
            return runs.reversed().stream()
                    .filter(one -> one.receipt().isPresent() && (run == 0 || one.run() == run))
                    .findFirst()
                    .orElseThrow(() ->
                            new CommandException(Exit.NOT_FOUND, "the server knows no such run"));
        }

        private ResultDesk.Delivery delivery() {
            Path path = world().path(output);
            boolean folder =
                    output.isEmpty()
                            || output.endsWith("/")
                            || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
            Path parent = path.getParent();
            return folder || parent == null
                    ? new ResultDesk.Delivery(path, Optional.empty(), force, again)
                    : new ResultDesk.Delivery(
                            parent, Optional.of(String.valueOf(path.getFileName())), force, again);
        }

        private void report(ResultDesk.Result result) {
            Sha256 digest = result.receipt().digest();
            screen().line("Verified here: receipt " + digest + " by an enclave you granted to.");
            for (OpenedFile file : result.files()) {
                screen().line(file.path() + "  (the code called it " + file.name() + ")");
            }
            screen().json(
                            Json.object()
                                    .put("receipt", digest.toString())
                                    .put("run", result.receipt().document().run())
                                    .put(
                                            "identity",
                                            result.receipt().document().identityDigest().toString())
                                    .put(
                                            "files",
                                            result.files().stream()
                                                    .map(file ->
                                                            Json.object()
                                                                    .put(
                                                                            "name",
                                                                            file.name().value())
                                                                    .put(
                                                                            "path",
                                                                            file.path().toString())
                                                                    .build())
                                                    .toList())
                                    .build());
        }
    }
}
