package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.Finding;
import io.cloister.client.OpenedFile;
import io.cloister.client.RefusedException;
import io.cloister.client.ResultDesk;
import io.cloister.client.Seat;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// `result`.
@CommandLine.Command(
        name = "result",
        description = "Results for a consumer.",
        subcommands = {ResultCommand.Wait.class, ResultCommand.Get.class})
final class ResultCommand extends Group {
    /// The member of `--json`: enclaves granted to whose receipts are not all there, each with
    /// `identity` and `findings`.
    private static final String GAPS = "gaps";

    /// `result wait`.
    @CommandLine.Command(
            name = "wait",
            description = {
                "Wait for a run you don't know of yet: one whose result you have not fetched, or"
                        + " that failed and this command has not told you of.",
                "Ends with 0 if the run succeeded, 14 if it failed. When no further run can come,"
                        + " a last one that failed is told of again; if there is nothing to tell,"
                        + " it ends with 9."
            })
    static final class Wait extends SeatCommand {
        @Option(
                names = "--run",
                paramLabel = "N",
                description =
                        "Wait for run N of the enclave you granted to last, whether you know of it"
                                + " or not.")
        private @Nullable Long run;

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
            ResultDesk desk = seat.results();
            Duration longest = duration(timeout, "--timeout");
            ResultDesk.Followed before = desk.follow();
            showGaps(screen(), before);
            long number = runNumber(run);
            ResultDesk.Run ended = number == 0 ? desk.await(longest) : desk.await(number, longest);
            ResultDesk.Followed followed = desk.follow();
            if (!followed.gaps().equals(before.gaps())) {
                showGaps(screen(), followed);
            }
            EvidenceNote.show(screen(), EvidenceNote.ofMeasurement(ended.measurement()));
            screen().line(
                            "Verified here: run "
                                    + ended.run()
                                    + " of enclave "
                                    + ended.identity()
                                    + " ended: "
                                    + ended.outcome()
                                    + ".");
            screen().json(
                            Json.object()
                                    .put("verifiedHere", json(ended))
                                    .put(GAPS, json(followed))
                                    .build());
            return ended.succeeded() ? Exit.OK : Exit.RUN_FAILED;
        }
    }

    /// Loud, and on standard error: what is told of other enclaves stays true.
    private static void showGaps(Screen screen, ResultDesk.Followed followed) {
        for (ResultDesk.Gap gap : followed.gaps()) {
            screen.note(
                    "! Of enclave "
                            + gap.identity()
                            + ", to which you granted, the server does not show every run as it"
                            + " was. None of its runs is taken here:");
            screen.findings(gap.findings());
        }
    }

    private static List<Json> json(ResultDesk.Followed followed) {
        return followed.gaps().stream()
                .<Json>map(gap ->
                        Json.object()
                                .put("identity", gap.identity().toString())
                                .put(
                                        "findings",
                                        gap.findings().stream().map(Finding::toJson).toList())
                                .build())
                .toList();
    }

    private static Json json(ResultDesk.Run run) {
        return Json.object()
                .put("identity", run.identity().toString())
                .put(EvidenceNote.MEMBER, EvidenceNote.ofMeasurement(run.measurement()))
                .put("run", run.run())
                .put("outcome", run.outcome().word())
                .put("receipt", run.receipt().toString())
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
                        "Which run of the enclave you granted to last; the newest that succeeded"
                                + " and you have not fetched, if left out.")
        private @Nullable Long run;

        @Option(
                names = "--identity",
                paramLabel = "SHA256",
                description =
                        "A run of this enclave, instead of the one you granted to last; its newest"
                                + " without --run.")
        private String identity = "";

        @Option(
                names = {"-o", "--output"},
                paramLabel = "PATH",
                description =
                        "A folder, or for a single result a file. Default: this folder, under the"
                                + " name the code gave it.")
        private String output = "";

        @Option(names = "--force", description = "Replace files that exist.")
        private boolean force;

        @Option(
                names = "--again",
                description =
                        "Fetch the result of a run once more; without --run, of the newest of that"
                                + " enclave.")
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
                        MalformedException,
                        CommandException,
                        InterruptedException {
            ResultDesk desk = seat.results();
            ResultDesk.Followed followed = desk.follow();
            showGaps(screen(), followed);
            ResultDesk.Run chosen = choose(followed);
            EvidenceNote.show(screen(), EvidenceNote.ofMeasurement(chosen.measurement()));
            if (log) {
                report(
                        chosen,
                        followed,
                        desk.printed(
                                chosen.identity(), chosen.run(), delivery(), screen().progress()));
                return Exit.OK;
            }
            if (!chosen.succeeded()) {
                throw new CommandException(
                        Exit.RUN_FAILED,
                        "run " + chosen.run() + " did not succeed: " + chosen.outcome(),
                        "see its receipt: cloister receipt show --run " + chosen.run());
            }
            report(
                    chosen,
                    followed,
                    desk.get(chosen.identity(), chosen.run(), delivery(), screen().progress()));
            return Exit.OK;
        }

        private ResultDesk.Run choose(ResultDesk.Followed followed)
                throws RefusedException, MalformedException, CommandException {
            long number = runNumber(run);
            if (number != 0 || again || log || !identity.isEmpty()) {
                Optional<Sha256> enclave =
                        identity.isEmpty()
                                ? followed.last()
                                : Optional.of(Sha256.parse(identity, "--identity"));
                return followed.find(enclave, number)
                        .orElseThrow(() ->
                                new CommandException(
                                        Exit.NOT_FOUND,
                                        "there is no such run"
                                                + enclave.map(one -> " of enclave " + one)
                                                        .orElse("")
                                                + (identity.isEmpty()
                                                        ? ", the one you granted to last"
                                                        : " that you granted to"),
                                        "name another enclave with --identity SHA256"));
            }
            if (followed.runs().isEmpty()) {
                followed.requireLast();
            }
            List<ResultDesk.Run> newestFirst = followed.runs().reversed();
            Optional<ResultDesk.Run> unknown =
                    newestFirst.stream().filter(one -> one.succeeded() && !one.known()).findFirst();
            if (unknown.isEmpty()) {
                followed.requireLast();
            }
            return unknown.or(
                            () -> newestFirst.stream().filter(one -> !one.succeeded()).findFirst())
                    .orElseThrow(() ->
                            new CommandException(
                                    Exit.STATE,
                                    "there is no result you have not fetched",
                                    "wait with: cloister result wait"));
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

        private void report(
                ResultDesk.Run chosen, ResultDesk.Followed followed, ResultDesk.Result result) {
            Sha256 digest = result.receipt().digest();
            screen().line("Verified here: receipt " + digest + " by an enclave you granted to:");
            screen().line(
                            "run "
                                    + chosen.run()
                                    + " of enclave "
                                    + chosen.identity()
                                    + ", under agreement "
                                    + result.receipt().document().agreement()
                                    + ".");
            for (OpenedFile file : result.files()) {
                screen().line(file.path() + "  (the code called it " + file.name() + ")");
            }
            screen().json(
                            Json.object()
                                    .put("receipt", digest.toString())
                                    .put(
                                            EvidenceNote.MEMBER,
                                            EvidenceNote.ofMeasurement(chosen.measurement()))
                                    .put(GAPS, json(followed))
                                    .put("run", result.receipt().document().run())
                                    .put(
                                            "agreement",
                                            result.receipt().document().agreement().toString())
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
