package io.cloister.launcher.process;

import io.cloister.launcher.EnclaveHandle;
import io.cloister.launcher.EnclaveOrder;
import io.cloister.launcher.LaunchException;
import io.cloister.launcher.Launcher;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.document.RuntimeRef;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Starts enclaves as processes of this machine, as this user, with Evidence of a simulated
/// platform.
///
/// Each enclave is measured when it starts, has a private folder for its two sockets, and ends with
/// this process at the latest: its standard input ends then. Enclaves that an earlier launcher on
/// the same folder left behind are killed first.
public final class ProcessLauncher implements Launcher {
    private final ProcessLauncherSettings settings;
    private final Map<String, String> environment;
    private final SecureRandom random;
    private final Path runFolder;
    private final SimulatedPlatform platform;
    private final FileChannel lock;
    private final Set<ProcessEnclave> enclaves = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private ProcessLauncher(
            ProcessLauncherSettings settings,
            Map<String, String> environment,
            SecureRandom random,
            SimulatedPlatform platform,
            FileChannel lock) {
        this.settings = settings;
        this.environment = AgentCommand.environment(environment);
        this.random = random;
        this.runFolder = settings.state().resolve("run");
        this.platform = platform;
        this.lock = lock;
    }

    /// Opens the launcher of `settings.state()`: makes the platform's keys if there are none, and
    /// kills what is left of earlier enclaves.
    ///
    /// @param environment of this process; the little of it that agents get is chosen here
    /// @param clock for Evidence
    /// @throws IOException if the folder is not this user's private one, another launcher uses it,
    ///   or it can't be used
    public static ProcessLauncher open(
            ProcessLauncherSettings settings,
            Map<String, String> environment,
            SecureRandom random,
            InstantSource clock)
            throws IOException {
        PrivateFolder.require(settings.state());
        FileChannel lock = lock(settings.state());
        try {
            return opened(settings, environment, random, clock, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /// Whoever opens a launcher takes the enclaves it finds for orphans, so only one may be open.
    private static FileChannel lock(Path state) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        state.resolve("launcher.lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS);
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException _) {
            held = null;
        }
        if (held == null) {
            channel.close();
            throw new IOException("another launcher uses " + state);
        }
        return channel;
    }

    private static ProcessLauncher opened(
            ProcessLauncherSettings settings,
            Map<String, String> environment,
            SecureRandom random,
            InstantSource clock,
            FileChannel lock)
            throws IOException {
        var platform = SimulatedPlatform.open(settings.state().resolve("platform"), random, clock);
        var launcher = new ProcessLauncher(settings, environment, random, platform, lock);
        PrivateFolder.require(launcher.runFolder);
        launcher.removeOrphans();
        return launcher;
    }

    /// The simulated platform's root, which a participant's simulated policy may pin. For the
    /// operator to publish by a channel participants trust, if there is one.
    public PublicSigningKey platformRoot() {
        return platform.root();
    }

    @Override
    public String kind() {
        return "process";
    }

    @Override
    public boolean isSimulated() {
        return true;
    }

    @Override
    public List<RuntimeRef> runtimes() {
        return settings.runtimes().stream().map(BuiltRuntime::ref).toList();
    }

    @Override
    public EnclaveHandle start(EnclaveOrder order) throws LaunchException, InterruptedException {
        BuiltRuntime runtime =
                settings.runtimes().stream()
                        .filter(offered -> offered.ref().digest().equals(order.runtime()))
                        .findFirst()
                        .orElseThrow(() ->
                                new LaunchException(
                                        "runtime " + order.runtime() + " is not offered here"));
        try {
            var enclave =
                    ProcessEnclave.prepare(order, runtime, settings, platform, runFolder, random);
            enclaves.add(enclave);
            enclave.onExit().whenComplete((_, _) -> enclaves.remove(enclave));
            enclave.start(environment);
            if (closed) {
                enclave.stop(Duration.ZERO);
                throw new LaunchException("the launcher is closed");
            }
            return enclave;
        } catch (IOException e) {
            throw new LaunchException("the enclave could not be started: " + e.getMessage(), e);
        }
    }

    private void removeOrphans() throws IOException {
        List<Path> folders;
        try (var entries = Files.list(runFolder)) {
            folders = entries.toList();
        }
        for (Path folder : folders) {
            ProcessTree.noted(folder.resolve(ProcessEnclave.PID)).ifPresent(ProcessTree::kill);
            PrivateFolder.delete(folder);
        }
    }

    @Override
    public void close() {
        closed = true;
        for (ProcessEnclave enclave : enclaves) {
            enclave.end();
        }
        try {
            lock.close();
        } catch (IOException _) {
            // It ends with this process at the latest.
        }
    }
}
