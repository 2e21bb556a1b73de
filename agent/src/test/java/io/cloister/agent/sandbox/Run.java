package io.cloister.agent.sandbox;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// One run for a test: two Data Providers, two consumers, generous limits, and what comes out
/// collected.
final class Run {
    static final ComputationId COMPUTATION = new ComputationId(Bytes.copyOf(new byte[16]));
    static final List<Email> PROVIDERS =
            List.of(new Email("anna@data.example"), new Email("ben@data.example"));
    static final List<Email> CONSUMERS =
            List.of(new Email("carl@use.example"), new Email("dora@use.example"));

    private record Added(String path, boolean secret, Bytes content) {}

    private record Given(InputDescription description, Bytes content) {}

    /// Makes the content of a streamed input.
    @FunctionalInterface
    interface Opened {
        InputStream open() throws IOException;
    }

    private record Streamed(InputDescription description, Opened content) {}

    private final List<Added> files = new ArrayList<>();
    private final List<Given> inputs = new ArrayList<>();
    private final List<Streamed> streams = new ArrayList<>();
    private Limits limits =
            new Limits(
                    512L << 20,
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(60),
                    1,
                    2,
                    64L << 20,
                    1 << 20);
    private Consumer<Sandbox> duringRun = _ -> {};
    private Optional<Path> packages = Optional.empty();
    private boolean onDemand;
    private List<String> preload = List.of();
    private List<Email> consumers = CONSUMERS;
    private PythonInterpreter interpreter = TestPython.interpreter();
    private List<String> warm = List.of();
    private Optional<Wheels> wheels = Optional.empty();

    /// What a run left.
    record Result(RunReport report, Map<OutputKey, Bytes> written) {
        String printed() {
            return new String(report.log().toArray(), StandardCharsets.UTF_8);
        }

        /// The results that stand for `consumer`, by name, the default one's being empty.
        Map<String, String> standing(int consumer) {
            Map<String, String> texts = new LinkedHashMap<>();
            for (OutputKey key : report.outputs()) {
                if (key.consumer() == consumer) {
                    Bytes content = written.getOrDefault(key, Bytes.utf8("lost"));
                    texts.put(
                            key.name().orElse(""),
                            new String(content.toArray(), StandardCharsets.UTF_8));
                }
            }
            return texts;
        }
    }

    static Run of(String... lines) {
        return new Run().clear("run.py", String.join("\n", lines) + "\n");
    }

    Run clear(String path, String content) {
        files.add(new Added(path, false, Bytes.utf8(content)));
        return this;
    }

    Run secret(String path, String content) {
        files.add(new Added(path, true, Bytes.utf8(content)));
        return this;
    }

    Run input(int provider, String name, String content) {
        return input(provider, name, content.getBytes(StandardCharsets.UTF_8));
    }

    Run input(int provider, String name, byte[] content) {
        inputs.add(new Given(new InputDescription(provider, name), Bytes.copyOf(content)));
        return this;
    }

    /// After all other inputs.
    Run streamed(int provider, String name, Opened content) {
        streams.add(new Streamed(new InputDescription(provider, name), content));
        return this;
    }

    /// With these wheels installed.
    Run wheels(Path... files) {
        wheels =
                Optional.of(sandbox -> {
                    for (Path file : files) {
                        try (OutputStream into =
                                sandbox.wheel(String.valueOf(file.getFileName()))) {
                            Files.copy(file, into);
                        }
                    }
                });
        return this;
    }

    Run packages(Path folder, String... modules) {
        packages = Optional.of(folder);
        preload = List.of(modules);
        return this;
    }

    /// As [#packages], but each top-level folder copied when it is first imported.
    Run packagesOnDemand(Path folder, String... modules) {
        packages(folder, modules);
        onDemand = true;
        return this;
    }

    /// With these modules imported while it waits.
    Run warm(String... modules) {
        warm = List.of(modules);
        return this;
    }

    Run duringRun(Consumer<Sandbox> action) {
        duringRun = action;
        return this;
    }

    Run memory(long bytes) {
        return with(
                bytes,
                limits.cpu(),
                limits.wall(),
                limits.processes(),
                limits.outputBytesPerConsumer());
    }

    /// For so many consumers.
    Run consumers(int count) {
        consumers =
                IntStream.range(0, count)
                        .mapToObj(i -> new Email("consumer-" + i + "@use.example"))
                        .toList();
        return this;
    }

    /// In this interpreter.
    Run in(PythonInterpreter python) {
        interpreter = python;
        return this;
    }

    Run cpu(Duration time) {
        return with(
                limits.memoryBytes(),
                time,
                limits.wall(),
                limits.processes(),
                limits.outputBytesPerConsumer());
    }

    Run wall(Duration time) {
        return with(
                limits.memoryBytes(),
                limits.cpu(),
                time,
                limits.processes(),
                limits.outputBytesPerConsumer());
    }

    Run processes(int count) {
        return with(
                limits.memoryBytes(),
                limits.cpu(),
                limits.wall(),
                count,
                limits.outputBytesPerConsumer());
    }

    Run outputBytes(long bytes) {
        return with(limits.memoryBytes(), limits.cpu(), limits.wall(), limits.processes(), bytes);
    }

    Run cores(int count) {
        limits =
                new Limits(
                        limits.memoryBytes(),
                        limits.cpu(),
                        limits.wall(),
                        limits.processes(),
                        count,
                        limits.outputBytesPerConsumer(),
                        limits.logBytes());
        return this;
    }

    private Run with(long memory, Duration cpu, Duration wall, int processes, long outputBytes) {
        limits = new Limits(memory, cpu, wall, processes, limits.cores(), outputBytes, 1 << 20);
        return this;
    }

    SandboxSettings settings() {
        SandboxSettings settings =
                SandboxSettings.of(interpreter, TestPython.packageFolder(), limits);
        return packages.map(onDemand ? Folders::runtimeInParts : Folders::runtime)
                .map(runtime -> settings.withPackages(runtime, preload))
                .orElse(settings);
    }

    Result run() {
        try (Sandbox sandbox = start()) {
            return runIn(sandbox);
        } catch (IOException | SandboxException e) {
            throw new AssertionError(e);
        }
    }

    Sandbox start() throws SandboxException, IOException {
        return Sandbox.start(settings(), wheels);
    }

    Result runIn(Sandbox sandbox) throws IOException, SandboxException {
        sandbox.warm(warm);
        for (Added file : files) {
            try (OutputStream out = sandbox.addFile(file.path(), file.secret())) {
                out.write(file.content().toArray());
            }
        }
        for (Given input : inputs) {
            try (OutputStream out = sandbox.addInput(input.description())) {
                out.write(input.content().toArray());
            }
        }
        for (Streamed stream : streams) {
            sandbox.addStream(stream.description());
        }
        var observer = new Collecting(sandbox, duringRun);
        RunReport report =
                sandbox.run(
                        new RunRequest(COMPUTATION, PROVIDERS, consumers),
                        observer,
                        stream -> streams.get(stream).content().open());
        return new Result(report, observer.closed);
    }

    private static final class Collecting implements RunObserver {
        private final Map<OutputKey, Bytes> closed = new LinkedHashMap<>();
        private final Sandbox sandbox;
        private final Consumer<Sandbox> started;

        Collecting(Sandbox sandbox, Consumer<Sandbox> started) {
            this.sandbox = sandbox;
            this.started = started;
        }

        @Override
        public OutputStream open(OutputKey key) {
            return new ByteArrayOutputStream() {
                @Override
                public void close() {
                    closed.put(key, Bytes.copyOf(toByteArray()));
                }
            };
        }

        @Override
        public void started() {
            started.accept(sandbox);
        }
    }

    /// Whether a line of `/proc/PID/cmdline` of this machine still shows a sandbox's supervisor.
    static boolean supervisorIsLeft(ProcessHandle parent) {
        return parent.descendants()
                .flatMap(child -> commandLine(child.pid()).stream())
                .anyMatch(line -> line.contains("supervise.py"));
    }

    private static Optional<String> commandLine(long pid) {
        try {
            return Optional.of(
                    Files.readString(
                            Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
