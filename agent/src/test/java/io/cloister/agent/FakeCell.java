package io.cloister.agent;

import io.cloister.agent.sandbox.FailureClass;
import io.cloister.agent.sandbox.InputDescription;
import io.cloister.agent.sandbox.InputFeed;
import io.cloister.agent.sandbox.OutputKey;
import io.cloister.agent.sandbox.RunObserver;
import io.cloister.agent.sandbox.RunOutcome;
import io.cloister.agent.sandbox.RunReport;
import io.cloister.agent.sandbox.RunRequest;
import io.cloister.agent.sandbox.Usage;
import io.cloister.agent.sandbox.Wheels;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.document.IsolationLevel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;

/// A cell without isolation whose "user code" is Java, for what the agent does around a run.
final class FakeCell implements Cell {
    static final Usage USAGE =
            new Usage(Duration.ofMillis(1_500), Duration.ofMillis(10), (64L << 20) + 1, 1);

    final Map<String, ByteArrayOutputStream> files = new LinkedHashMap<>();
    final Map<InputDescription, ByteArrayOutputStream> inputs = new LinkedHashMap<>();
    final List<InputDescription> streams = new ArrayList<>();
    final List<String> warmed = new ArrayList<>();
    final CountDownLatch stopped = new CountDownLatch(1);
    private final Map<String, String> installed = new LinkedHashMap<>();
    private final Program program;
    private final IsolationLevel level;
    private InputFeed feed =
            stream -> {
                throw new IOException("no run yet to give " + stream);
            };
    private boolean ran;
    private volatile boolean closed;

    FakeCell(Program program) {
        this(program, IsolationLevel.NAMESPACES);
    }

    FakeCell(Program program, IsolationLevel level) {
        this.program = program;
        this.level = level;
    }

    @Override
    public IsolationLevel level() {
        return level;
    }

    /// What runs.
    @FunctionalInterface
    interface Program {
        RunReport run(FakeCell cell, RunObserver observer) throws IOException;
    }

    /// Writes all inputs one after the other to every consumer.
    static RunReport copyInputs(FakeCell cell, RunObserver observer) throws IOException {
        List<OutputKey> keys = new ArrayList<>();
        for (int consumer = 0; consumer < 2; consumer++) {
            var key = new OutputKey(consumer, Optional.empty(), consumer);
            try (OutputStream out = observer.open(key)) {
                for (ByteArrayOutputStream input : cell.inputs.values()) {
                    input.writeTo(out);
                    out.write('\n');
                }
            }
            keys.add(key);
        }
        return report(new RunOutcome.Success(), keys);
    }

    static RunReport report(RunOutcome outcome, List<OutputKey> outputs) {
        boolean failed = outcome instanceof RunOutcome.Failed;
        return new RunReport(
                outcome,
                USAGE,
                outputs,
                Bytes.utf8("printed"),
                false,
                failed ? Optional.of("Traceback: boom") : Optional.empty(),
                Optional.empty());
    }

    static RunReport raise() {
        return report(
                new RunOutcome.Failed(FailureClass.VALUE_ERROR, OptionalInt.of(3)), List.of());
    }

    String file(String path) {
        ByteArrayOutputStream content = files.get(path);
        return content == null ? "missing" : content.toString(StandardCharsets.UTF_8);
    }

    /// Takes what a sandbox would install: a wheel counts once it is closed.
    void install(Optional<Wheels> wheels) throws IOException {
        if (wheels.isPresent()) {
            wheels.get()
                    .send(name ->
                            new ByteArrayOutputStream() {
                                @Override
                                public void close() {
                                    installed.put(name, toString(StandardCharsets.UTF_8));
                                }
                            });
        }
    }

    String wheel(String name) {
        return installed.getOrDefault(name, "missing");
    }

    boolean ran() {
        return ran;
    }

    boolean closed() {
        return closed;
    }

    @Override
    public void warm(List<String> modules) {
        warmed.addAll(modules);
    }

    @Override
    public OutputStream addFile(String path, boolean secret) {
        var content = new ByteArrayOutputStream();
        files.put(path, content);
        return content;
    }

    @Override
    public OutputStream addInput(InputDescription description) {
        var content = new ByteArrayOutputStream();
        inputs.put(description, content);
        return content;
    }

    @Override
    public void addStream(InputDescription description) {
        streams.add(description);
    }

    /// Begins a streamed input.
    InputStream stream(int number) throws IOException {
        return feed.open(number);
    }

    @Override
    public RunReport run(RunRequest request, RunObserver observer, InputFeed given)
            throws IOException {
        ran = true;
        feed = given;
        return program.run(this, observer);
    }

    @Override
    public void stop() {
        stopped.countDown();
    }

    @Override
    public void close() {
        closed = true;
    }
}
