package io.cloister.trial;

import io.cloister.agent.Cells;
import io.cloister.agent.Foreseen;
import io.cloister.agent.HeldOutputs;
import io.cloister.agent.RunEnding;
import io.cloister.agent.sandbox.InputDescription;
import io.cloister.agent.sandbox.MemoryExceededException;
import io.cloister.agent.sandbox.OutputKey;
import io.cloister.agent.sandbox.RunObserver;
import io.cloister.agent.sandbox.RunOutcome;
import io.cloister.agent.sandbox.RunReport;
import io.cloister.agent.sandbox.RunRequest;
import io.cloister.agent.sandbox.Sandbox;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.agent.sandbox.Usage;
import io.cloister.agent.sandbox.Wheels;
import io.cloister.agent.sandbox.WheelsRefusedException;
import io.cloister.attestation.runtime.RuntimeCheck;
import io.cloister.attestation.runtime.RuntimeFolder;
import io.cloister.attestation.runtime.RuntimeVerifier;
import io.cloister.attestation.runtime.VerifiedRuntime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One run of a project, as an enclave would run it: the same interpreter, packages, sandbox and
/// limits. Used by one thread, once.
final class Trial {
    private static final String RUN = "run.py";

    /// Who reads what the code prints: whoever started this.

    private static final Email READER = new Email("you@trial.invalid");

    /// Most files and inputs that a sandbox takes.
    private static final int MOST_FILES = 10_000;

    private static final ComputationId NONE = new ComputationId(Bytes.copyOf(new byte[16]));

    private final TrialJob job;
    private final Clock clock;
    private final PrintStream printed;

    /// @param printed gets what the code prints, while it does
    Trial(TrialJob job, Clock clock, PrintStream printed) {
        this.job = job;
        this.clock = clock;
        this.printed = printed;
    }

    /// Runs it.
    ///
    /// @return an object with one member: `cannot`, why this machine can't run it; `refused`, why
    ///   an enclave would not start user code; or `ended`, how it ended
    /// @throws IOException if a file can't be read or written
    Json run() throws IOException, InterruptedException {
        int inputs = job.providers().stream().mapToInt(one -> one.inputs().size()).sum();
        if (inputs > Receipt.MAX_INPUTS) {
            return refused("there are more than " + Receipt.MAX_INPUTS + " inputs");
        }
        if (inputs + job.code().size() > MOST_FILES) {
            return refused("there are more than " + MOST_FILES + " files and inputs");
        }
        RuntimeCheck check = RuntimeVerifier.verify(new RuntimeFolder(job.runtime()), job.lock());
        return switch (check) {
            case RuntimeCheck.Altered(List<String> problems) ->
                    cannot("the runtime's files were altered: " + problems.getFirst());
            case RuntimeCheck.Intact(VerifiedRuntime runtime) -> run(runtime);
        };
    }

    private Json run(VerifiedRuntime runtime) throws IOException, InterruptedException {
        var cells = new Cells(job.python(), job.pythonPackage(), job.scratch());
        List<TrialJob.CodeFile> wheels =
                job.code().stream().filter(TrialJob.CodeFile::isWheel).toList();
        try (Sandbox sandbox =
                Sandbox.start(
                        cells.settings(readable(job.terms()), runtime),
                        wheels.isEmpty()
                                ? Optional.empty()
                                : Optional.of(into -> send(wheels, into)))) {
            try {
                sandbox.warm(foreseen(runtime));
                fill(sandbox);
            } catch (MemoryExceededException e) {
                return refused(String.valueOf(e.getMessage()));
            }
            return Json.object().put("ended", ended(sandbox)).build();
        } catch (WheelsRefusedException e) {
            return refused("its wheels can't be installed: " + e.getMessage());
        } catch (SandboxException e) {
            return cannot(String.valueOf(e.getMessage()));
        }
    }

    private Json ended(Sandbox sandbox) throws IOException, SandboxException {
        var results = new Results(job.results(), printed);
        var feed = new FileFeed(streams());
        var held = new HeldOutputs(results, feed::isRead);
        Instant startedAt = clock.instant();
        List<Email> providers = job.providers().stream().map(TrialJob.Provider::email).toList();
        RunReport report;
        try {
            report = sandbox.run(new RunRequest(NONE, providers, job.consumers()), held, feed);
            held.release();
        } catch (IOException e) {
            if (held.isFull()) {
                return overfull(startedAt);
            }
            throw e;
        }
        JsonObjectBuilder ended = ended(report, results, startedAt);
        sandbox.exitStatus().ifPresent(status -> ended.put("exitStatus", status));
        return ended.build();
    }

    /// The end of a run that wrote more before it had read its streams than an agent keeps.
    private static Json overfull(Instant startedAt) {
        var unknown = new Usage(Duration.ZERO, Duration.ZERO, 0, 0);
        return figures(
                        RunEnding.report(
                                Outcome.LIMIT_OUTPUT, Optional.empty(), unknown, startedAt),
                        unknown)
                .put("printedTruncated", false)
                .put("violation", "more results than are kept until all streams are read")
                .put("results", List.of())
                .build();
    }

    private boolean isStreaming() {
        return job.terms().inputMode() == InputMode.STREAMING;
    }

    private List<Path> streams() {
        return isStreaming()
                ? job.providers().stream()
                        .flatMap(provider -> provider.inputs().stream())
                        .map(TrialJob.Input::file)
                        .toList()
                : List.of();
    }

    private static Json cannot(String why) {
        return Json.object().put("cannot", why).build();
    }

    private static Json refused(String why) {
        return Json.object().put("refused", why).build();
    }

    /// The same terms, with somebody who reads what is printed.
    private static Terms readable(Terms terms) {
        return terms.toBuilder()
                .outputReaders(List.of(READER))
                .tracebackReaders(List.of(READER))
                .build();
    }

    /// Their hashes were held against the project's lock by the check before.
    private static void send(List<TrialJob.CodeFile> wheels, Wheels.Into sandbox)
            throws IOException {
        for (TrialJob.CodeFile wheel : wheels) {
            try (OutputStream into = sandbox.wheel(wheel.wheelName())) {
                Files.copy(wheel.file(), into);
            }
        }
    }

    private List<String> foreseen(VerifiedRuntime runtime) throws IOException {
        for (TrialJob.CodeFile file : job.code()) {
            if (file.path().equals(RUN) && !file.secret()) {
                return Foreseen.modules(
                        Bytes.copyOf(Files.readAllBytes(file.file())),
                        runtime.installed().keySet(),
                        job.code().stream().map(TrialJob.CodeFile::path).toList());
            }
        }
        return List.of();
    }

    private void fill(Sandbox sandbox) throws IOException {
        for (TrialJob.CodeFile file : job.code()) {
            if (file.isWheel()) {
                continue; // installed by now
            }
            try (OutputStream into = sandbox.addFile(file.path(), file.secret())) {
                Files.copy(file.file(), into);
            }
        }
        for (int provider = 0; provider < job.providers().size(); provider++) {
            for (TrialJob.Input input : job.providers().get(provider).inputs()) {
                var description = new InputDescription(provider, input.name().value());
                if (isStreaming()) {
                    sandbox.addStream(description);
                    continue;
                }
                try (OutputStream into = sandbox.addInput(description)) {
                    Files.copy(input.file(), into);
                }
            }
        }
    }

    private static JsonObjectBuilder ended(RunReport report, Results results, Instant startedAt)
            throws IOException {
        Usage usage = report.usage();
        var told =
                RunEnding.report(
                        RunEnding.outcome(report), Optional.of(report.outcome()), usage, startedAt);
        var json =
                figures(told, usage)
                        .put("printedTruncated", report.logTruncated())
                        .putIfPresent("traceback", report.traceback())
                        .putIfPresent("violation", report.violation())
                        .put("results", results.standing(report.outputs()));
        if (report.outcome() instanceof RunOutcome.Failed(var failure, var line)) {
            json.put("failure", failure.python());
            line.ifPresent(number -> json.put("failureLine", number));
        }
        if (report.outcome() instanceof RunOutcome.Crashed(var signal)) {
            signal.ifPresent(number -> json.put("signal", number));
        }
        return json;
    }

    private static JsonObjectBuilder figures(Receipt.Report report, Usage usage) {
        return Json.object()
                .put("report", report.toJson())
                .put("wallMillis", usage.wall().toMillis())
                .put("cpuMillis", usage.cpu().toMillis())
                .put("peakMemoryBytes", usage.peakMemoryBytes())
                .put("peakProcesses", usage.peakProcesses());
    }

    /// Results, each in a file of its own, named by its sequence.
    private record Results(Path folder, PrintStream printed) implements RunObserver {
        @Override
        public OutputStream open(OutputKey key) throws IOException {
            return Files.newOutputStream(file(key));
        }

        @Override
        public void printed(byte[] text) {
            printed.write(text, 0, text.length);
            printed.flush();
        }

        private Path file(OutputKey key) {
            return folder.resolve(Integer.toString(key.sequence()));
        }

        List<Json> standing(List<OutputKey> keys) throws IOException {
            Map<Integer, Long> positions = new HashMap<>();
            List<Json> all = new ArrayList<>();
            for (OutputKey key : keys) {
                long position = positions.merge(key.consumer(), 1L, Long::sum) - 1;
                all.add(
                        Json.object()
                                .put("consumer", key.consumer())
                                .put("name", RunEnding.name(key, position).value())
                                .put("file", Integer.toString(key.sequence()))
                                .put("bytes", Files.size(file(key)))
                                .build());
            }
            return all;
        }
    }
}
