package io.cloister.cli;

import io.cloister.attestation.measurement.EnclaveImage;
import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.launcher.process.ProcessLauncher;
import io.cloister.launcher.process.ProcessLauncherSettings;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.launcher.runtime.PythonFinder;
import io.cloister.launcher.runtime.PythonInterpreter;
import io.cloister.launcher.runtime.RuntimeStore;
import io.cloister.launcher.runtime.RuntimeUnavailableException;
import io.cloister.protocol.Shown;
import io.cloister.server.CloisterServer;
import io.cloister.server.ServerSettings;
import io.cloister.server.SetupException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// What a server needs beside its own code: the agent as built, the locked Python runtimes, an
/// interpreter.
///
/// @param root of the checkout or distribution
/// @param environment of this process
/// @param say told in a short sentence what takes long
record Installation(Path root, Map<String, String> environment, Consumer<String> say) {
    private static final String RUNTIMES = "runtimes";
    private static final String LOCK = RuntimeLock.FILE_NAME;

    static Installation of(World world, Consumer<String> say) throws CommandException {
        String root = System.getProperty("cloister.home", "");
        if (root.isEmpty()) {
            throw new CommandException(
                    Exit.LOCAL,
                    "this Java process does not know where Cloister is installed",
                    "start it with ./cloister");
        }
        return new Installation(Path.of(root), world.environment(), say);
    }

    /// The agent as built in the checkout at `root`.
    static EnclaveImage image(Path root) {
        return new EnclaveImage(root.resolve("agent/target/app"), root.resolve("agent/python"));
    }

    /// The agent as built here.
    ///
    /// @throws CommandException if it isn't
    EnclaveImage image() throws CommandException {
        EnclaveImage image = image(root);
        if (!Files.isDirectory(image.lib())) {
            throw notBuilt(image.lib());
        }
        return image;
    }

    private static CommandException notBuilt(Path folder) {
        return new CommandException(
                Exit.LOCAL, "the agent is not built: no " + folder, "start it with ./cloister");
    }

    /// The jars of a trial: an agent's, and those that run it without a computation.
    List<Path> trialClassPath() throws CommandException, IOException {
        Path trial = root.resolve("trial/target/app");
        if (!Files.isDirectory(trial)) {
            throw notBuilt(trial);
        }
        List<Path> jars = new ArrayList<>(image().jars());
        try (var entries = Files.list(trial)) {
            entries.sorted().forEach(jars::add);
        }
        return jars;
    }

    /// A running server with its launcher.
    ///
    /// @param server the control plane
    /// @param launcher closed after it
    record Running(CloisterServer server, ProcessLauncher launcher) implements AutoCloseable {
        @Override
        public void close() {
            server.close();
            launcher.close();
        }
    }

    /// Prepares the runtimes and starts a server with the process launcher.
    ///
    /// @param runtimes names, in order of preference
    /// @param state the launcher's own folder
    Running start(ServerSettings settings, List<String> runtimes, Path state, World world)
            throws CommandException, IOException, InterruptedException {
        ProcessLauncher launcher = launcher(runtimes, state, world);
        try {
            return new Running(CloisterServer.start(settings, launcher), launcher);
        } catch (SetupException e) {
            launcher.close();
            throw new CommandException(Exit.LOCAL, String.valueOf(e.getMessage()));
        }
    }

    private ProcessLauncher launcher(List<String> runtimes, Path state, World world)
            throws CommandException, IOException, InterruptedException {
        EnclaveImage image = image();
        ProcessLauncherSettings settings;
        try {
            settings = ProcessLauncherSettings.of(state, image, built(runtimes));
        } catch (IllegalArgumentException e) {
            throw new CommandException(
                    Exit.USAGE,
                    String.valueOf(e.getMessage()),
                    "choose a shorter one with --launcher-folder");
        }
        return ProcessLauncher.open(settings, environment, world.random(), world.clock());
    }

    /// Runtimes of those names, ready on this machine.
    List<BuiltRuntime> built(List<String> names)
            throws CommandException, IOException, InterruptedException {
        List<BuiltRuntime> runtimes = new ArrayList<>();
        try {
            PythonInterpreter python = python();
            for (String name : names) {
                runtimes.add(store().prepare(name, lock(name), python));
            }
        } catch (RuntimeUnavailableException e) {
            throw unavailable(e);
        }
        return runtimes;
    }

    /// Where built runtimes are kept.
    RuntimeStore store() {
        return new RuntimeStore(RuntimeStore.defaultCache(environment), environment, say);
    }

    /// The interpreter that runtimes are built for.
    PythonInterpreter python() throws RuntimeUnavailableException, InterruptedException {
        return new PythonFinder(environment).find();
    }

    /// Names of the runtimes that come with this installation, in order.
    List<String> runtimeNames() throws IOException {
        try (var entries = Files.list(root.resolve(RUNTIMES))) {
            return entries.filter(folder -> Files.isRegularFile(folder.resolve(LOCK)))
                    .map(folder -> String.valueOf(folder.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    /// The lock of a runtime that comes with this installation.
    Path lock(String name) throws CommandException {
        Path lock = root.resolve(RUNTIMES).resolve(name).resolve(LOCK);
        if (!name.matches("[a-z0-9-]{1,40}") || !Files.isRegularFile(lock)) {
            throw new CommandException(
                    Exit.NOT_FOUND,
                    "there is no runtime " + Shown.bounded(name),
                    "`cloister runtime list` shows those there are");
        }
        return lock;
    }

    static CommandException unavailable(RuntimeUnavailableException e) {
        return new CommandException(Exit.LOCAL, String.valueOf(e.getMessage()), e.hint());
    }
}
