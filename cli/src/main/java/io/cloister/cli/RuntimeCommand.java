package io.cloister.cli;

import io.cloister.attestation.runtime.RuntimeCheck;
import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.attestation.runtime.RuntimeLock.LockedPackage;
import io.cloister.attestation.runtime.RuntimeVerifier;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.launcher.runtime.PythonInterpreter;
import io.cloister.launcher.runtime.RuntimeStore;
import io.cloister.launcher.runtime.RuntimeUnavailableException;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// `runtime`.
@CommandLine.Command(
        name = "runtime",
        description = "The locked sets of Python packages that user code may import.",
        subcommands = {
            RuntimeCommand.Listed.class,
            RuntimeCommand.Show.class,
            RuntimeCommand.Build.class,
            RuntimeCommand.Verify.class,
            RuntimeCommand.Remove.class
        })
final class RuntimeCommand extends Group {
    private RuntimeCommand() {}

    /// A command about runtimes.
    abstract static class About extends Command {
        About(World world) {
            super(world);
        }

        /// What it does, for this machine's Python.
        abstract Exit run(Installation installation, PythonInterpreter python)
                throws RuntimeUnavailableException,
                        CommandException,
                        IOException,
                        InterruptedException;

        @Override
        final Exit run() throws CommandException, IOException, InterruptedException {
            Installation installation = Installation.of(world(), screen()::note);
            try {
                return run(installation, installation.python());
            } catch (RuntimeUnavailableException e) {
                throw Installation.unavailable(e);
            }
        }

        final Optional<BuiltRuntime> built(
                Installation installation, String name, PythonInterpreter python)
                throws RuntimeUnavailableException, CommandException, IOException {
            return installation.store().find(name, installation.lock(name), python);
        }

        final BuiltRuntime mustBeBuilt(
                Installation installation, String name, PythonInterpreter python)
                throws RuntimeUnavailableException, CommandException, IOException {
            return built(installation, name, python)
                    .orElseThrow(() ->
                            new CommandException(
                                    Exit.NOT_FOUND,
                                    "the runtime "
                                            + name
                                            + " is not built for CPython "
                                            + python.version(),
                                    "`cloister runtime build " + name + "` builds it"));
        }

        final void describe(
                String name,
                RuntimeLock lock,
                PythonInterpreter python,
                Optional<BuiltRuntime> built,
                boolean everything)
                throws IOException {
            long bytes = built.isPresent() ? sizeOf(built.get()) : 0;
            screen().field("runtime", name);
            screen().field("digest", lock.digest());
            screen().field("python", python.version() + " (" + python.executable() + ")");
            screen().field(
                            "built",
                            built.map(runtime ->
                                            mebibytes(bytes) + " in " + runtime.folder().folder())
                                    .orElse("no"));
            screen().field("packages", lock.packages().size());
            if (everything) {
                packages(lock)
                        .forEach(one -> screen().line("  " + one.name() + " " + one.version()));
            }
            screen().json(json(name, lock, python, built, bytes));
        }
    }

    /// A command about one of them.
    abstract static class AboutOne extends About {
        @Parameters(
                index = "0",
                paramLabel = "NAME",
                description = "Its name, such as standard or base.")
        String name = "";

        AboutOne(World world) {
            super(world);
        }
    }

    /// `runtime list`.
    @CommandLine.Command(
            name = "list",
            description = "List the runtimes that come with Cloister, and which of them are built.")
    static final class Listed extends About {
        Listed(World world) {
            super(world);
        }

        @Override
        Exit run(Installation installation, PythonInterpreter python)
                throws RuntimeUnavailableException, CommandException, IOException {
            List<Json> all = new ArrayList<>();
            for (String name : installation.runtimeNames()) {
                RuntimeLock lock = RuntimeStore.read(installation.lock(name));
                Optional<BuiltRuntime> built = built(installation, name, python);
                long bytes = built.isPresent() ? sizeOf(built.get()) : 0;
                screen().line(
                                String.format(
                                        "%-10s %3d packages  %-18s %s",
                                        name,
                                        lock.packages().size(),
                                        built.isPresent()
                                                ? "built, " + mebibytes(bytes)
                                                : "not built",
                                        lock.digest()));
                all.add(json(name, lock, python, built, bytes));
            }
            screen().json(Json.object().put("runtimes", new Json.Arr(all)).build());
            return Exit.OK;
        }
    }

    /// `runtime show`.
    @CommandLine.Command(
            name = "show",
            description = "Show a runtime's digest, its packages, and where it is built.")
    static final class Show extends AboutOne {
        Show(World world) {
            super(world);
        }

        @Override
        Exit run(Installation installation, PythonInterpreter python)
                throws RuntimeUnavailableException, CommandException, IOException {
            RuntimeLock lock = RuntimeStore.read(installation.lock(name));
            describe(name, lock, python, built(installation, name, python), true);
            return Exit.OK;
        }
    }

    /// `runtime build`.
    @CommandLine.Command(
            name = "build",
            description =
                    "Download a runtime's packages, check each against the lock, and unpack them"
                            + " into the cache. One that is there already is checked, and built"
                            + " anew only if it was altered.")
    static final class Build extends AboutOne {
        Build(World world) {
            super(world);
        }

        @Override
        Exit run(Installation installation, PythonInterpreter python)
                throws RuntimeUnavailableException,
                        CommandException,
                        IOException,
                        InterruptedException {
            Path file = installation.lock(name);
            BuiltRuntime built = installation.store().prepare(name, file, python);
            describe(name, RuntimeStore.read(file), python, Optional.of(built), false);
            return Exit.OK;
        }
    }

    /// `runtime verify`.
    @CommandLine.Command(
            name = "verify",
            description = "Check that every file of a built runtime is what its lock says.")
    static final class Verify extends AboutOne {
        Verify(World world) {
            super(world);
        }

        @Override
        Exit run(Installation installation, PythonInterpreter python)
                throws RuntimeUnavailableException, CommandException, IOException {
            BuiltRuntime built = mustBeBuilt(installation, name, python);
            return switch (RuntimeVerifier.verify(built.folder(), built.ref().digest())) {
                case RuntimeCheck.Intact(var runtime) -> {
                    int files = runtime.installed().size();
                    screen().line(
                                    "the runtime "
                                            + name
                                            + " is what its lock says: "
                                            + files
                                            + " files, "
                                            + built.ref().digest());
                    screen().json(
                                    Json.object()
                                            .put("runtime", name)
                                            .put("digest", built.ref().digest().toString())
                                            .put("files", files)
                                            .put("intact", true)
                                            .build());
                    yield Exit.OK;
                }
                case RuntimeCheck.Altered(List<String> problems) ->
                        throw new CommandException(
                                Exit.NOT_AUTHENTIC,
                                "the runtime "
                                        + name
                                        + " is not what its lock says: "
                                        + String.join("; ", problems),
                                "`cloister runtime build "
                                        + name
                                        + "` builds it anew; find out who wrote there");
            };
        }
    }

    /// `runtime remove`.
    @CommandLine.Command(
            name = "remove",
            description =
                    "Remove a built runtime from the cache. Enclaves that are started with it later"
                            + " fail until it is built again.")
    static final class Remove extends AboutOne {
        Remove(World world) {
            super(world);
        }

        @Override
        Exit run(Installation installation, PythonInterpreter python)
                throws RuntimeUnavailableException,
                        CommandException,
                        IOException,
                        InterruptedException {
            BuiltRuntime built = mustBeBuilt(installation, name, python);
            long bytes = sizeOf(built);
            installation.store().remove(built);
            screen().line("removed the runtime " + name + ": " + mebibytes(bytes));
            screen().json(
                            Json.object()
                                    .put("runtime", name)
                                    .put("digest", built.ref().digest().toString())
                                    .put("removedBytes", bytes)
                                    .build());
            return Exit.OK;
        }
    }

    private static Stream<LockedPackage> packages(RuntimeLock lock) {
        return lock.packages().values().stream().sorted(Comparator.comparing(LockedPackage::name));
    }

    private static Json json(
            String name,
            RuntimeLock lock,
            PythonInterpreter python,
            Optional<BuiltRuntime> built,
            long bytes) {
        List<Json> packages =
                packages(lock)
                        .<Json>map(one ->
                                Json.object()
                                        .put("name", one.name())
                                        .put("version", one.version())
                                        .build())
                        .toList();
        var object =
                Json.object()
                        .put("name", name)
                        .put("digest", lock.digest().toString())
                        .put("python", python.version())
                        .put("built", built.isPresent())
                        .put("packages", new Json.Arr(packages));
        built.ifPresent(runtime ->
                object.put("folder", runtime.folder().folder().toString()).put("bytes", bytes));
        return object.build();
    }

    private static String mebibytes(long bytes) {
        return ((bytes + (1 << 19)) >> 20) + " MiB";
    }

    /// Of all its files.
    private static long sizeOf(BuiltRuntime runtime) throws IOException {
        var bytes = new AtomicLong();
        Files.walkFileTree(
                runtime.folder().folder(),
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        bytes.addAndGet(attributes.size());
                        return FileVisitResult.CONTINUE;
                    }
                });
        return bytes.get();
    }
}
