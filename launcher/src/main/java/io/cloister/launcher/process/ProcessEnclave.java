package io.cloister.launcher.process;

import io.cloister.attestation.measurement.Measurement;
import io.cloister.attestation.platform.EnclaveBoot;
import io.cloister.launcher.EnclaveExit;
import io.cloister.launcher.EnclaveExit.Cause;
import io.cloister.launcher.EnclaveHandle;
import io.cloister.launcher.EnclaveId;
import io.cloister.launcher.EnclaveOrder;
import io.cloister.launcher.LaunchException;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Shown;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One agent process with its folder, its two sockets, and the link it connected.
final class ProcessEnclave implements EnclaveHandle {
    /// The file that names the process, for cleaning up after a crash.
    static final String PID = "pid";

    private static final String LOG = "log";
    private static final String SCRATCH = "scratch";
    private static final String STATUS = "status";
    private static final int MAX_STATUS = 8;
    private static final int SHORT_NAME = 12;
    private static final int MAX_LOG_END = 1_000;

    private final EnclaveOrder order;
    private final BuiltRuntime runtime;
    private final ProcessLauncherSettings settings;
    private final Path folder;
    private final CompletableFuture<SocketChannel> link = new CompletableFuture<>();
    private final CompletableFuture<EnclaveExit> exit = new CompletableFuture<>();
    private final TokenSocket linkSocket;
    private final PlatformSocket platformSocket;
    private volatile boolean stopping;
    private volatile @Nullable Process process;

    private ProcessEnclave(
            EnclaveOrder order,
            BuiltRuntime runtime,
            ProcessLauncherSettings settings,
            SimulatedPlatform platform,
            Path folder,
            SecureRandom random)
            throws IOException {
        this.order = order;
        this.runtime = runtime;
        this.settings = settings;
        this.folder = folder;
        Measurement measurement = settings.image().measure(runtime.ref().digest());
        this.platformSocket =
                PlatformSocket.listen(platform, measurement, folder.resolve("platform"), random);
        this.linkSocket = TokenSocket.listen(folder.resolve("link"), random, this::linked);
    }

    /// Measures what is to run and makes the folder with its sockets.
    static ProcessEnclave prepare(
            EnclaveOrder order,
            BuiltRuntime runtime,
            ProcessLauncherSettings settings,
            SimulatedPlatform platform,
            Path runFolder,
            SecureRandom random)
            throws IOException, LaunchException {
        Path folder = runFolder.resolve(order.enclave().toString().substring(0, SHORT_NAME));
        if (Files.exists(folder)) {
            throw new LaunchException("there is an enclave " + order.enclave() + " already");
        }
        PrivateFolder.require(folder);
        PrivateFolder.require(folder.resolve(SCRATCH));
        try {
            return new ProcessEnclave(order, runtime, settings, platform, folder, random);
        } catch (IOException e) {
            PrivateFolder.delete(folder);
            throw e;
        }
    }

    /// Starts the agent and waits for its link.
    void start(Map<String, String> environment)
            throws IOException, LaunchException, InterruptedException {
        Process started;
        try {
            started = spawn(environment);
        } catch (IOException e) {
            finish("it never ran");
            throw e;
        }
        process = started;
        Thread.ofVirtual().name("wait for " + started.pid()).start(() -> awaitEnd(started));
        boolean linked = false;
        try {
            tell(started);
            awaitLink();
            linked = true;
        } finally {
            if (!linked) {
                end();
            }
        }
    }

    private void tell(Process started) {
        try {
            ProcessTree.note(started.toHandle(), folder.resolve(PID));
            OutputStream input = started.getOutputStream();
            input.write(boot().line().getBytes(StandardCharsets.UTF_8));
            input.flush();
        } catch (IOException _) {
            // It ended at once, and its folder is gone. Waiting for the link, which follows, finds
            // out why.
        }
    }

    private Process spawn(Map<String, String> environment) throws IOException {
        var builder =
                new ProcessBuilder(
                                AgentCommand.command(
                                        settings, folder.resolve(SCRATCH), folder.resolve(STATUS)))
                        .directory(folder.resolve(SCRATCH).toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve(LOG).toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    private EnclaveBoot boot() {
        return new EnclaveBoot(
                order.enclave().toString(),
                order.computation(),
                order.dialect(),
                order.agreement(),
                linkSocket.endpoint(),
                Optional.of(platformSocket.endpoint()),
                runtime.python().executable(),
                settings.image().python().toAbsolutePath(),
                runtime.folder().folder(),
                folder.resolve(SCRATCH));
    }

    /// The first client with the token is the link. There is no second.
    private void linked(SocketChannel channel) throws IOException {
        if (!link.complete(channel) || stopping || exit.isDone()) {
            channel.close();
        }
        linkSocket.close();
    }

    private void awaitLink() throws LaunchException, InterruptedException {
        try {
            CompletableFuture.anyOf(link, exit)
                    .get(settings.startLimit().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            throw new LaunchException(
                    "the agent did not connect within "
                            + settings.startLimit().toSeconds()
                            + " seconds; its log ends: "
                            + logEnd());
        } catch (ExecutionException e) {
            throw new LaunchException("the agent's link failed", e);
        }
        if (exit.isDone()) {
            throw new LaunchException("the agent ended at once: " + exit.join().detail());
        }
    }

    private void awaitEnd(Process running) {
        try {
            running.waitFor();
        } catch (InterruptedException e) {
            throw new CloisterBugException("nobody interrupts this thread", e);
        }
        ended(running);
    }

    private void ended(Process gone) {
        int status = status().orElse(gone.exitValue());
        String detail = "exit status " + status + "; its log ends: " + logEnd();
        finish(stopping ? Cause.STOPPED : status == 0 ? Cause.ENDED : Cause.FAILED, detail);
    }

    /// How the agent ended, as its keeper noted: a keeper that was killed notes nothing.
    private OptionalInt status() {
        try (var file = Files.newInputStream(folder.resolve(STATUS))) {
            String noted =
                    new String(file.readNBytes(MAX_STATUS), StandardCharsets.US_ASCII).strip();
            return noted.matches("[0-9]{1,3}")
                    ? OptionalInt.of(Integer.parseInt(noted))
                    : OptionalInt.empty();
        } catch (IOException _) {
            return OptionalInt.empty();
        }
    }

    private void finish(String detail) {
        finish(Cause.FAILED, detail);
    }

    private void finish(Cause cause, String detail) {
        closeSockets();
        TokenSocket.closeQuietly(() -> PrivateFolder.delete(folder));
        exit.complete(new EnclaveExit(cause, detail));
    }

    private void closeSockets() {
        TokenSocket.closeQuietly(linkSocket);
        TokenSocket.closeQuietly(platformSocket);
        if (link.isDone()) {
            TokenSocket.closeQuietly(link.join());
        }
        Process running = process;
        if (running != null) {
            TokenSocket.closeQuietly(running.getOutputStream());
        }
    }

    private String logEnd() {
        try (var log = new RandomAccessFile(folder.resolve(LOG).toFile(), "r")) {
            log.seek(Math.max(0, log.length() - MAX_LOG_END));
            byte[] bytes = new byte[MAX_LOG_END];
            int length = Math.max(0, log.read(bytes));
            String end = new String(bytes, 0, length, StandardCharsets.UTF_8).strip();
            return end.isEmpty() ? "(nothing)" : Shown.escaped(end, MAX_LOG_END);
        } catch (IOException _) {
            return "(no log)";
        }
    }

    @Override
    public EnclaveId id() {
        return order.enclave();
    }

    @Override
    public InputStream fromAgent() {
        return Channels.newInputStream(link.join());
    }

    @Override
    public OutputStream toAgent() {
        return Channels.newOutputStream(link.join());
    }

    @Override
    public boolean isAlive() {
        return !exit.isDone();
    }

    @Override
    public Optional<EnclaveExit> exit() {
        return exit.isDone() ? Optional.of(exit.join()) : Optional.empty();
    }

    @Override
    public CompletionStage<EnclaveExit> onExit() {
        return exit.minimalCompletionStage();
    }

    @Override
    public void stop(Duration grace) throws InterruptedException {
        stopping = true;
        closeSockets();
        try {
            exit.get(grace.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            end();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an exit never fails", e);
        } catch (InterruptedException e) {
            end();
            throw e;
        }
    }

    /// Kills it and waits until it is gone.
    void end() {
        stopping = true;
        closeSockets();
        Process running = process;
        if (running == null) {
            finish(Cause.STOPPED, "it never ran");
        } else {
            ProcessTree.kill(running.toHandle());
        }
        exit.join();
    }
}
