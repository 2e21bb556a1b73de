package io.cloister.agent.sandbox;

import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.IsolationLevel;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// One Python interpreter apart from everything, for one run.
///
/// Life: [#start] returns when the interpreter waits, isolated, its imports done, without anything
/// secret in it. Then come the files of the code ([#addFile]) and the inputs in order
/// ([#addInput]), each written to the stream it returns and closed before the next; then [#run],
/// once. [#close] always.
///
/// **Guarantees.** Code in it reaches no network, no file of the machine, no other process and no
/// key; what it uses is bounded by [Limits]; when [#run] or [#close] has returned, none of its
/// processes is left. If any of the isolation cannot be had, [#start] refuses.
///
/// **Not guaranteed.** Side channels; that results and printed text carry no more than they should.
/// Nothing in the interpreter is secret from the code.
///
/// [#stop] and [#close] may be called by any thread, the rest by one at a time.
public final class Sandbox implements AutoCloseable {
    private static final long SECONDS_TO_START = 120;
    private static final int LOADER_BUFFER_BYTES = 1 << 18;
    private static final int MOST_COMPLAINT_BYTES = 2000;
    private static final long MOST_SCRATCH_BYTES = 1L << 30;
    private static final int SCRATCH_SHARE = 8;
    private static final int MOST_ADDED = 10_000;
    private static final int MOST_PATH_BYTES = 1000;
    private static final int MOST_NAME_BYTES = 255;
    private static final String ENTRY = "run.py";
    private static final int MOST_REASON = 400;

    private final Limits limits;
    private final Connections connections;
    private final Supervisor supervisor;
    private final LoaderMessageReader loader;
    private final LoaderWriter writer;
    private final PrintedText printed;
    private final Thread printing;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private int added;
    private int providers;
    private int streams;
    private int lines;
    private boolean ran;
    private OptionalInt exitStatus = OptionalInt.empty();
    private IsolationLevel level = IsolationLevel.NAMESPACES;

    private Sandbox(SandboxSettings settings, Connections connections, Supervisor supervisor) {
        this.limits = settings.limits();
        this.connections = connections;
        this.supervisor = supervisor;
        var channel = connections.get(Connections.Role.LOADER);
        this.loader = new LoaderMessageReader(new ChannelStream(channel, LOADER_BUFFER_BYTES));
        this.writer = new LoaderWriter(channel, limits.memoryBytes() - scratchBytes(limits));
        this.printed =
                new PrintedText(
                        new ChannelStream(connections.get(Connections.Role.LOG), 1 << 13),
                        limits.logBytes());
        this.printing = Thread.ofVirtual().start(printed);
    }

    /// Starts an interpreter and waits until it is isolated and warm: about 0.1 s, plus its
    /// imports.
    ///
    /// @throws SandboxException if that cannot be had here, saying why and what can be done
    public static Sandbox start(SandboxSettings settings) throws SandboxException {
        try {
            return start(settings, Optional.empty());
        } catch (IOException e) {
            throw new CloisterBugException("there are no wheels to read", e);
        }
    }

    /// The same, with these wheels installed in it. They take from the agreed memory, at most half.
    ///
    /// @throws WheelsRefusedException if it does not install them
    /// @throws IOException if `wheels` can't be had
    public static Sandbox start(SandboxSettings settings, Optional<Wheels> wheels)
            throws SandboxException, IOException {
        Connections connections;
        try {
            connections = new Connections(settings.folder());
        } catch (IOException e) {
            throw new SandboxException(
                    "no socket can be made in " + settings.folder() + ": " + e.getMessage(), e);
        }
        Process process;
        try {
            process =
                    Supervisor.spawn(
                            settings,
                            scratchBytes(settings.limits()),
                            wheels.isPresent() ? settings.limits().memoryBytes() / 2 : 0,
                            connections.path(),
                            connections.token());
        } catch (IOException e) {
            closeQuietly(connections);
            throw new SandboxException(
                    settings.python().path() + " cannot be started: " + e.getMessage(), e);
        }
        return started(settings, connections, process, wheels);
    }

    private static Sandbox started(
            SandboxSettings settings,
            Connections connections,
            Process process,
            Optional<Wheels> wheels)
            throws SandboxException, IOException {
        var ready = new AtomicBoolean();
        Thread guard =
                Thread.ofVirtual().start(() -> closeUnlessReady(process, connections, ready));
        try {
            accept(connections, process);
            var supervisor = new Supervisor(process, connections.get(Connections.Role.CONTROL));
            var sandbox = new Sandbox(settings, connections, supervisor);
            try {
                sandbox.awaitReady(wheels);
            } catch (SandboxException | IOException | RuntimeException e) {
                sandbox.close();
                throw e;
            }
            return sandbox;
        } finally {
            ready.set(true);
            guard.interrupt();
        }
    }

    private static void closeUnlessReady(
            Process process, Connections connections, AtomicBoolean ready) {
        try {
            boolean ended = process.waitFor(SECONDS_TO_START, TimeUnit.SECONDS);
            if (!ready.get()) {
                if (ended) {
                    connections.stopListening();
                } else {
                    process.destroyForcibly();
                    closeQuietly(connections);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void accept(Connections connections, Process process) throws SandboxException {
        try {
            connections.acceptAll();
        } catch (IOException e) {
            closeQuietly(connections);
            String complaint =
                    process.isAlive() ? String.valueOf(e.getMessage()) : complaint(process);
            process.destroyForcibly();
            throw new SandboxException("the sandbox's supervisor did not start: " + complaint, e);
        }
    }

    private static String complaint(Process ended) {
        try (var stderr = ended.getErrorStream()) {
            return new String(stderr.readNBytes(MOST_COMPLAINT_BYTES), StandardCharsets.UTF_8)
                    .strip();
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void awaitReady(Optional<Wheels> wheels) throws SandboxException, IOException {
        awaitIsolated();
        if (wheels.isPresent()) {
            try {
                wheels.get().send(writer::wheel);
                writer.install();
            } catch (GoneException _) {
                // Its last word, if there is one, says why.
            }
        }
        awaitWarm();
    }

    private void awaitIsolated() throws SandboxException {
        try {
            level =
                    switch (supervisor.read()) {
                        case ControlMessage.Isolated(IsolationLevel built) -> built;
                        case ControlMessage.Failed(String reason) ->
                                throw new SandboxException(
                                        "this machine cannot isolate a run: " + reason);
                        case ControlMessage.Ended _ ->
                                throw new SandboxException("the sandbox ended while it was built");
                    };
        } catch (IOException e) {
            throw new SandboxException("the sandbox did not become ready: " + e.getMessage(), e);
        }
    }

    private void awaitWarm() throws SandboxException {
        try {
            switch (loader.next().orElse(null)) {
                case LoaderMessage.Ready(long packages) -> writer.installed(packages);
                case LoaderMessage.Unready(String reason) -> throw new SandboxException(reason);
                case LoaderMessage.Uninstallable(String reason) ->
                        throw new WheelsRefusedException(Shown.escaped(reason, MOST_REASON));
                case null, default ->
                        throw new SandboxException(
                                "the interpreter ended before it was ready: " + printedSoFar());
            }
        } catch (IOException e) {
            throw new SandboxException("the sandbox did not become ready: " + e.getMessage(), e);
        } catch (ViolationException e) {
            throw new SandboxException(
                    "the sandbox did not become ready: it sent " + e.getMessage(), e);
        }
    }

    private String printedSoFar() {
        joinPrinting();
        return new String(printed.text().toArray(), StandardCharsets.UTF_8).strip();
    }

    private static long scratchBytes(Limits limits) {
        return Math.min(limits.memoryBytes() / SCRATCH_SHARE, MOST_SCRATCH_BYTES);
    }

    /// What this sandbox is isolated by. It would not have started with less than its settings say.
    public IsolationLevel level() {
        return level;
    }

    /// Has the interpreter import `modules` before it takes anything else, without waiting for it:
    /// of the runtime only, whatever wheels there are. One that can't be imported is passed over;
    /// the code sees why when it imports it.
    ///
    /// @throws IllegalStateException if a file or an input was added already
    /// @throws IOException if the sandbox has ended
    public void warm(List<String> modules) throws IOException {
        if (added > 0 || ran) {
            throw new IllegalStateException("the sandbox is being filled");
        }
        for (String module : modules) {
            writer.warm(module);
        }
    }

    /// Adds a file of the code. One must be `run.py`, in clear. Secret modules can be imported, and
    /// other secret files be opened by their path, inside the `with Enclave()` block only.
    ///
    /// @param path relative, parts separated by `/`, no part empty, `.` or `..`, without control
    ///   characters, at most 1000 bytes of UTF-8
    /// @return the stream to write it to; close it before the next call
    /// @throws IllegalArgumentException if the path is none of that, or 10,000 files and inputs are
    ///   there already
    /// @throws IOException if the sandbox has ended; [MemoryExceededException] from the stream if
    ///   it is too much
    public OutputStream addFile(String path, boolean secret) throws IOException {
        countOneMore();
        if (!isPath(path)) {
            throw new IllegalArgumentException("not a path inside the code's folder");
        }
        OutputStream content = writer.file(path, secret);
        return path.equals(ENTRY) && !secret
                ? new LineCounter(content, count -> lines = count)
                : content;
    }

    private static boolean isPath(String path) {
        if (path.getBytes(StandardCharsets.UTF_8).length > MOST_PATH_BYTES
                || path.codePoints().anyMatch(Character::isISOControl)) {
            return false;
        }
        for (String part : path.split("/", -1)) {
            if (part.isEmpty()
                    || part.equals(".")
                    || part.equals("..")
                    || part.getBytes(StandardCharsets.UTF_8).length > MOST_NAME_BYTES) {
                return false;
            }
        }
        return true;
    }

    /// Adds an input, after those that the code is to see before it.
    ///
    /// @return the stream to write it to; close it before the next call
    /// @throws IllegalArgumentException if 10,000 files and inputs are there already
    /// @throws IOException if the sandbox has ended; [MemoryExceededException] from the stream if
    ///   it is too much
    public OutputStream addInput(InputDescription input) throws IOException {
        countInput(input);
        return writer.input(input);
    }

    /// Adds an input that the code reads as a stream while it runs, from the start to the end: it
    /// need not fit into the memory.
    ///
    /// @throws IllegalArgumentException as for [#addInput]
    /// @throws IOException if the sandbox has ended
    public void addStream(InputDescription input) throws IOException {
        countInput(input);
        writer.stream(input);
        streams++;
    }

    private void countInput(InputDescription input) {
        countOneMore();
        providers = Math.max(providers, input.provider() + 1);
    }

    private void countOneMore() {
        if (ran) {
            throw new IllegalStateException("the run has started");
        }
        if (++added > MOST_ADDED) {
            throw new IllegalArgumentException("more than 10,000 files and inputs");
        }
    }

    /// Runs `run.py`, which has no streamed inputs, to its end: as [#run(RunRequest, RunObserver,
    /// InputFeed)].
    public RunReport run(RunRequest request, RunObserver observer)
            throws IOException, SandboxException {
        return run(
                request,
                observer,
                stream -> {
                    throw new IOException("there is no stream " + stream);
                });
    }

    /// Runs `run.py` to its end, whatever end that is.
    ///
    /// @param feed where the streamed inputs come from; if it fails the run ends as stopped
    /// @throws IllegalArgumentException if an input's provider is not in the request
    /// @throws IOException if the observer gave up; the run was killed
    /// @throws SandboxException if the supervisor was lost; the run was killed
    public RunReport run(RunRequest request, RunObserver observer, InputFeed feed)
            throws IOException, SandboxException {
        if (ran) {
            throw new IllegalStateException("a sandbox runs once");
        }
        if (providers > request.dataProviders().size()) {
            throw new IllegalArgumentException("an input of a provider that is not in the request");
        }
        printed.tell(observer);
        ran = true;
        observer.started();
        var server =
                new StreamServer(
                        connections.get(Connections.Role.STREAMS), streams, feed, this::stop);
        Thread serving = Thread.ofVirtual().start(server);
        try {
            supervisor.start(writer.held());
            writer.start(request);
        } catch (IOException _) {
            // It was stopped, or killed from outside: what follows finds its end.
        }
        return follow(request, observer, server, serving);
    }

    private RunReport follow(
            RunRequest request, RunObserver observer, StreamServer server, Thread serving)
            throws IOException, SandboxException {
        var outputs =
                new OutputLedger(
                        request.consumers().size(), limits.outputBytesPerConsumer(), observer);
        var dialogue = new RunDialogue(loader, outputs);
        Optional<String> violation = Optional.empty();
        boolean bounded = true;
        try {
            bounded = dialogue.follow();
        } catch (ViolationException e) {
            violation = Optional.of(String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            supervisor.kill();
            close();
            join(serving);
            throw e;
        }
        if (!bounded || violation.isPresent()) {
            supervisor.kill();
        }
        ControlMessage.Ended ended;
        try {
            ended = awaitEnded();
        } finally {
            // The other end of its connection has gone with the sandbox.
            join(serving);
        }
        violation = violation.or(server::violation);
        RunOutcome outcome = outcome(ended, bounded, violation, dialogue);
        Optional<String> traceback = dialogue.traceback();
        joinPrinting();
        return new RunReport(
                outcome,
                ended.usage(),
                outcome instanceof RunOutcome.Success ? outputs.standing() : List.of(),
                printed.text(),
                printed.truncated(),
                traceback.isPresent() ? traceback : EndedAbruptly.reason(outcome, ended, violation),
                violation);
    }

    private ControlMessage.Ended awaitEnded() throws SandboxException {
        try {
            if (supervisor.read() instanceof ControlMessage.Ended ended) {
                return ended;
            }
            throw new IOException("it spoke out of turn");
        } catch (IOException e) {
            close();
            throw new SandboxException("the sandbox's supervisor was lost: " + e.getMessage(), e);
        }
    }

    private RunOutcome outcome(
            ControlMessage.Ended ended,
            boolean bounded,
            Optional<String> violation,
            RunDialogue dialogue) {
        exitStatus = ended.exitStatus();
        if (ended.limit().isPresent()) {
            return new RunOutcome.LimitReached(ended.limit().get());
        }
        if (!bounded) {
            return new RunOutcome.LimitReached(Limit.OUTPUT);
        }
        if (violation.isPresent()) {
            return new RunOutcome.Misbehaved();
        }
        if (stopped.get()) {
            return new RunOutcome.Stopped();
        }
        if (dialogue.finished().isEmpty()) {
            return new RunOutcome.Crashed(ended.signal());
        }
        LoaderMessage.Finished finished = dialogue.finished().get();
        if (finished.failure().equals(Optional.of(FailureClass.MEMORY_ERROR))) {
            return new RunOutcome.LimitReached(Limit.MEMORY);
        }
        if (finished.failure().isPresent()) {
            boolean credible = finished.line() > 0 && finished.line() <= lines;
            return new RunOutcome.Failed(
                    finished.failure().get(),
                    credible ? OptionalInt.of(finished.line()) : OptionalInt.empty());
        }
        return ended.waitStatus().orElse(-1) == 0
                ? new RunOutcome.Success()
                : new RunOutcome.Crashed(ended.signal());
    }

    /// The status the interpreter ended with, once it has, if it ended by itself. Chosen by the
    /// code: for its author alone.
    public OptionalInt exitStatus() {
        return exitStatus;
    }

    private void joinPrinting() {
        join(printing);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Kills the run, or the waiting interpreter, at once. [#run] then returns with
    /// [RunOutcome.Stopped].
    public void stop() {
        stopped.set(true);
        supervisor.kill();
    }

    /// Ends everything of this sandbox and waits until it is gone.
    @Override
    public void close() {
        closeQuietly(connections);
        supervisor.awaitEnd();
    }

    private static void closeQuietly(Connections connections) {
        try {
            connections.close();
        } catch (IOException _) {
            // Closing is all that could be done; the folder it leaves is empty and private.
        }
    }
}
