package io.cloister.cli;

import io.cloister.attestation.measurement.MeasuredFiles;
import io.cloister.client.ClientException;
import io.cloister.client.LocalResults;
import io.cloister.client.OpenedFile;
import io.cloister.client.ResultDesk;
import io.cloister.client.Sentences;
import io.cloister.client.code.CodeCheck;
import io.cloister.client.code.CodeFolder;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// `code test`.
@CommandLine.Command(
        name = "test",
        description = {
            "Run a project on sample files, in clear, as an enclave would run it: same packages,"
                    + " same sandbox, same limits. Nothing leaves this machine.",
            "Shows what the code prints, how it ended, what everyone would learn of that, and what"
                    + " only you see. Ends with 14 if the run did not succeed, 5 if an enclave"
                    + " would not run the project, 6 if this machine can't."
        })
final class CodeTestCommand extends Command {
    private static final int MOST_REPEATS = 1_000;
    private static final int CHUNK = 1_000;

    @Parameters(
            arity = "0..1",
            paramLabel = "FOLDER",
            defaultValue = ".",
            description = "The project: ${DEFAULT-VALUE}.")
    private String folder = ".";

    @Option(
            names = "--data",
            paramLabel = "[PROVIDER=]FILE",
            description =
                    "A sample file, and whose; repeatable. Providers count in the order in which"
                            + " they first appear; without names all files are one provider's."
                            + " Default: each folder in FOLDER/testdata is a provider's, by name.")
    private List<String> data = new ArrayList<>();

    @Option(
            names = "--consumers",
            defaultValue = "1",
            paramLabel = "N",
            description = "Result consumers: ${DEFAULT-VALUE}.")
    private int consumers = 1;

    @Option(
            names = "--runtime",
            defaultValue = "base",
            paramLabel = "NAME",
            description = "Python packages: ${DEFAULT-VALUE}.")
    private String runtime = "base";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description =
                    "Keep the results in this folder. Each of several consumers gets a folder in"
                            + " it, each of several runs one around those.")
    private String output = "";

    @Option(names = "--force", description = "Replace files that exist.")
    private boolean force;

    @Option(
            names = "--repeat",
            defaultValue = "1",
            paramLabel = "N",
            description = "Run it so often, each time in a fresh interpreter: ${DEFAULT-VALUE}.")
    private int repeat = 1;

    @Mixin private final TermsOptions limits = new TermsOptions();

    CodeTestCommand(World world) {
        super(world);
    }

    /// A run that is over.
    ///
    /// @param ended what the trial said
    /// @param results what came of it
    private record Done(TrialAnswer.Ended ended, List<Result> results) {
        boolean succeeded() {
            return ended.report().outcome() == Outcome.SUCCESS;
        }

        List<Sha256> digests() {
            return results.stream().map(Result::digest).toList();
        }
    }

    /// A result, and where it was kept, if it was.
    private record Result(TrialAnswer.Result written, Sha256 digest, Optional<Path> kept) {
        Json toJson() {
            return Json.object()
                    .put("consumer", written.consumer())
                    .put("name", written.name().value())
                    .put("bytes", written.bytes())
                    .put("digest", digest.toString())
                    .putIfPresent("path", kept)
                    .build();
        }
    }

    @Override
    Exit run()
            throws ClientException,
                    MalformedException,
                    CommandException,
                    IOException,
                    InterruptedException {
        requireLinux(System.getProperty("os.name", ""));
        requireWithin("--consumers", consumers, Roster.MAX_PER_ROLE);
        requireWithin("--repeat", repeat, MOST_REPEATS);
        Terms terms = limits.checked(world().clock().instant());
        Path source = CodeCommand.project(world(), folder);
        TrialData given = TrialData.of(world(), data, CodeFolder.samples(source));
        Installation installation = Installation.of(world(), screen()::note);
        BuiltRuntime built = installation.built(List.of(runtime)).getFirst();
        CodeCheck.Report report =
                CodeCheck.check(
                        source,
                        CodeTargets.of(
                                built, Optional.of(KnownRuntimes.here().named(runtime)), terms));
        CodeCommand.show(screen(), report);
        if (report.hasErrors()) {
            screen().error("an enclave would not run this project");
            screen().json(Json.object().put("check", CodeCommand.json(report)).build());
            return Exit.NOT_ACCEPTABLE;
        }
        screen().line(
                        "Running with packages "
                                + built.ref().name()
                                + " on CPython "
                                + built.python().version()
                                + ": "
                                + given.files()
                                + " input(s) of "
                                + given.providers().size()
                                + " provider(s), "
                                + consumers
                                + " consumer(s).");
        List<Done> runs = new ArrayList<>();
        for (int number = 1; number <= repeat; number++) {
            if (repeat > 1) {
                screen().line("");
                screen().line("Run " + number + " of " + repeat + ":");
            }
            Done done = once(installation, built, report.folder(), given, terms, number);
            show(done, terms);
            runs.add(done);
        }
        boolean same = runs.stream().map(Done::digests).distinct().count() == 1;
        if (!same) {
            screen().line("! The runs gave different results. Random numbers without a seed?");
        }
        screen().json(json(report, built, runs, same));
        return runs.stream().allMatch(Done::succeeded) ? Exit.OK : Exit.RUN_FAILED;
    }

    /// The sandbox is made of what Linux has: namespaces, seccomp, sealed memory files.
    static void requireLinux(String system) throws CommandException {
        if (!system.equals("Linux")) {
            throw new CommandException(
                    Exit.COULD_NOT_CHECK,
                    "the sandbox needs a Linux kernel, and this is " + Shown.bounded(system),
                    "run this in a Linux machine, virtual or not; cloister code check works here");
        }
    }

    private static void requireWithin(String option, int value, int most) throws CommandException {
        if (value < 1 || value > most) {
            throw new CommandException(Exit.USAGE, option + " is 1 to " + most + ", not " + value);
        }
    }

    private Done once(
            Installation installation,
            BuiltRuntime built,
            CodeFolder project,
            TrialData given,
            Terms terms,
            int number)
            throws ClientException,
                    MalformedException,
                    CommandException,
                    IOException,
                    InterruptedException {
        try (var process = new TrialProcess()) {
            Json job =
                    Json.object()
                            .put("python", built.python().executable().toString())
                            .put("pythonPackage", installation.image().python().toString())
                            .put("runtime", built.folder().folder().toString())
                            .put("lock", built.ref().digest().toString())
                            .put("scratch", process.folder().toString())
                            .put("results", process.results().toString())
                            .put("code", code(project))
                            .put("providers", given.toJson())
                            .put("consumers", emails())
                            .put("terms", terms.toJson())
                            .build();
            TrialAnswer answer =
                    process.run(
                            installation.trialClassPath(),
                            world().environment(),
                            job,
                            this::printed);
            return switch (answer) {
                case TrialAnswer.Cannot(String why) ->
                        throw new CommandException(
                                Exit.COULD_NOT_CHECK, "this machine can't run it: " + why);
                case TrialAnswer.Refused(String why) ->
                        throw new CommandException(
                                Exit.NOT_ACCEPTABLE,
                                "an enclave would not start the code: " + why,
                                "agree on more with --memory, here and in computation create");
                case TrialAnswer.Ended ended ->
                        new Done(ended, results(ended, process.results(), number));
            };
        }
    }

    private static List<Json> code(CodeFolder project) {
        return project.files().stream()
                .<Json>map(entry ->
                        Json.object()
                                .put("path", entry.path().clearPath())
                                .put("secret", !entry.isClear())
                                .put("file", entry.file().toString())
                                .build())
                .toList();
    }

    private List<Json> emails() {
        List<Json> emails = new ArrayList<>();
        for (int i = 0; i < consumers; i++) {
            emails.add(Json.of(consumer(i) + "@test.invalid"));
        }
        return emails;
    }

    private static String consumer(int position) {
        return "consumer-" + position;
    }

    /// What the code prints stands behind a bar, so that it can't pass for what this command says.
    private void printed(String line) {
        String text = line.replace("\t", "    ");
        for (int at = 0; at == 0 || at < text.length(); at += CHUNK) {
            String part = "| " + text.substring(at, Math.min(text.length(), at + CHUNK));
            if (screen().isJson()) {
                screen().note(part);
            } else {
                screen().line(part);
            }
        }
    }

    private List<Result> results(TrialAnswer.Ended ended, Path written, int number)
            throws ClientException, IOException {
        List<Result> all = new ArrayList<>();
        for (int consumer = 0; consumer < consumers; consumer++) {
            int whose = consumer;
            List<TrialAnswer.Result> own =
                    ended.results().stream().filter(one -> one.consumer() == whose).toList();
            List<Path> kept = keep(own, written, number, consumer);
            for (int i = 0; i < own.size(); i++) {
                all.add(
                        new Result(
                                own.get(i),
                                MeasuredFiles.digest(written.resolve(own.get(i).file())),
                                kept.isEmpty() ? Optional.empty() : Optional.of(kept.get(i))));
            }
        }
        return all;
    }

    private List<Path> keep(
            List<TrialAnswer.Result> results, Path written, int number, int consumer)
            throws ClientException {
        if (output.isEmpty() || results.isEmpty()) {
            return List.of();
        }
        Path target = world().path(output);
        target = repeat > 1 ? target.resolve("run-" + number) : target;
        target = consumers > 1 ? target.resolve(consumer(consumer)) : target;
        return LocalResults.deliver(
                        results.stream()
                                .map(one ->
                                        new LocalResults.Produced(
                                                one.name(), written.resolve(one.file())))
                                .toList(),
                        new ResultDesk.Delivery(target, Optional.empty(), force, false))
                .stream()
                .map(OpenedFile::path)
                .toList();
    }

    private void show(Done done, Terms terms) {
        TrialAnswer.Ended ended = done.ended();
        Screen screen = screen();
        screen.line("");
        screen.line("Everyone of a computation would learn, from its receipt:");
        ReportLines.show(screen, ended.report());
        screen.line("Only you see:");
        if (ended.traceback().isPresent()) {
            ended.traceback().get().lines().forEach(this::printed);
        }
        ended.signal().ifPresent(signal -> screen.field("signal", signal));
        ended.exitStatus().ifPresent(status -> screen.field("exit status", status));
        ended.violation().ifPresent(rule -> screen.field("broke a rule", Shown.bounded(rule)));
        screen.field(
                "time",
                seconds(ended.wall()) + " of " + seconds(Duration.ofSeconds(terms.wallSeconds())));
        screen.field(
                "processor",
                seconds(ended.cpu()) + " of " + seconds(Duration.ofSeconds(terms.cpuSeconds())));
        screen.field(
                "memory",
                Sentences.size(ended.peakMemoryBytes())
                        + " of "
                        + Sentences.size(terms.memoryBytes()));
        screen.field("processes", ended.peakProcesses() + " of " + terms.processes());
        if (ended.printedTruncated()) {
            screen.line("! The code printed more than the 1 MiB that an enclave keeps.");
        }
        for (Result result : done.results()) {
            screen.field(
                    "result",
                    result.written().name()
                            + " for "
                            + consumer(result.written().consumer())
                            + ", "
                            + Sentences.size(result.written().bytes())
                            + ", "
                            + result.kept().map(Path::toString).orElse(result.digest().toString()));
        }
        if (output.isEmpty() && !done.results().isEmpty()) {
            screen.line("Results are kept with --output FOLDER.");
        }
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() / 1000
                + "."
                + String.format(Locale.ROOT, "%03d", duration.toMillisPart())
                + " s";
    }

    private static Json json(
            CodeCheck.Report report, BuiltRuntime built, List<Done> runs, boolean same) {
        return Json.object()
                .put("check", CodeCommand.json(report))
                .put(
                        "runtime",
                        Json.object()
                                .put("name", built.ref().name())
                                .put("digest", built.ref().digest().toString())
                                .put("python", built.python().version())
                                .build())
                .put("runs", runs.stream().map(CodeTestCommand::json).toList())
                .put("sameResults", same)
                .build();
    }

    private static Json json(Done done) {
        TrialAnswer.Ended ended = done.ended();
        var json =
                Json.object()
                        .put("report", ended.report().toJson())
                        .put("wallMillis", ended.wall().toMillis())
                        .put("cpuMillis", ended.cpu().toMillis())
                        .put("peakMemoryBytes", ended.peakMemoryBytes())
                        .put("peakProcesses", ended.peakProcesses())
                        .put("printedTruncated", ended.printedTruncated())
                        .putIfPresent("traceback", ended.traceback())
                        .putIfPresent("violation", ended.violation())
                        .putIfPresent("failure", ended.failure());
        ended.failureLine().ifPresent(line -> json.put("failureLine", line));
        ended.signal().ifPresent(signal -> json.put("signal", signal));
        ended.exitStatus().ifPresent(status -> json.put("exitStatus", status));
        return json.put("results", done.results().stream().map(Result::toJson).toList()).build();
    }
}
