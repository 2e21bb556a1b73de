package io.cloister.cli;

import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.client.ClientException;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.code.CodeCheck;
import io.cloister.client.code.CodeFinding;
import io.cloister.client.code.CodeFolder;
import io.cloister.client.code.CodeTarget;
import io.cloister.client.code.PackageCheck;
import io.cloister.client.code.PackageLocker;
import io.cloister.client.code.PackagesException;
import io.cloister.client.code.PythonTarget;
import io.cloister.client.code.RuntimePackages;
import io.cloister.client.server.ServerException;
import io.cloister.launcher.runtime.PythonFinder;
import io.cloister.launcher.runtime.PythonInterpreter;
import io.cloister.launcher.runtime.RuntimeUnavailableException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// `code`.
@CommandLine.Command(
        name = "code",
        description = "The code provider's project.",
        subcommands = {
            CodeCommand.Init.class,
            CodeCommand.Check.class,
            CodeCommand.Lock.class,
            CodeTestCommand.class,
            CodeCommand.Push.class,
            CodeCommand.Pull.class,
            CodeCommand.Reset.class,
        })
final class CodeCommand extends Group {
    /// `code init`.
    @CommandLine.Command(
            name = "init",
            description =
                    "Write a working project with sample data into a new folder: run.py, which"
                            + " everyone can read, a secret module, and data to test it on.")
    static final class Init extends Command {
        @Parameters(paramLabel = "FOLDER", description = "Must not exist.")
        private String folder = "";

        Init(World world) {
            super(world);
        }

        @Override
        Exit run() throws CommandException, IOException {
            Path target = world().path(folder);
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                throw new CommandException(Exit.LOCAL, target + " exists", "give a new folder");
            }
            for (Map.Entry<String, String> file : NewProject.FILES.entrySet()) {
                Path path = target.resolve(file.getKey());
                Files.createDirectories(Objects.requireNonNull(path.getParent()));
                Files.writeString(path, file.getValue());
            }
            List<String> names = List.copyOf(NewProject.FILES.keySet());
            screen().line("Wrote " + target + ": " + String.join(", ", names) + ".");
            screen().line("Try it with: cloister code test " + folder);
            screen().json(
                            Json.object()
                                    .put("folder", target.toString())
                                    .put("files", names.stream().map(Json::of).toList())
                                    .build());
            return Exit.OK;
        }
    }

    /// `code check`.
    @CommandLine.Command(
            name = "check",
            description = {
                "Find what an enclave would refuse, what would fail in it, and what may surprise"
                        + " someone. Nothing is run.",
                "Ends with 5 if something would fail."
            })
    static final class Check extends Command {
        @Parameters(paramLabel = "FOLDER", description = "The project.")
        private String folder = "";

        @Option(
                names = "--runtime",
                paramLabel = "NAME",
                description =
                        "What it is to run with: imports are held against its packages, if they"
                                + " are on this machine, and syntax against its Python. Without:"
                                + " what requirements.lock was made for.")
        private String runtime = "";

        @Mixin private final TermsOptions limits = new TermsOptions();

        Check(World world) {
            super(world);
        }

        @Override
        Exit run() throws MalformedException, CommandException, IOException, InterruptedException {
            KnownRuntimes known = KnownRuntimes.here();
            Path project = project(world(), folder);
            CodeTarget target =
                    CodeTargets.of(
                            world(),
                            runtime.isEmpty()
                                    ? lockedFor(project, known)
                                    : Optional.of(known.named(runtime)),
                            limits.checked(world().clock().instant()));
            CodeCheck.Report report = CodeCheck.check(project, target);
            show(screen(), report);
            screen().json(json(report));
            return report.hasErrors() ? Exit.NOT_ACCEPTABLE : Exit.OK;
        }
    }

    private static Optional<RuntimePackages> lockedFor(Path project, KnownRuntimes known)
            throws IOException {
        Path file = project.resolve(RuntimeLock.FILE_NAME);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        Optional<RuntimePackages> own = known.find(Sha256.of(Files.readAllBytes(file)));
        return own.isPresent()
                ? own
                : PackageCheck.lock(CodeFolder.of(project))
                        .flatMap(lock -> known.find(lock.runtime().digest()));
    }

    /// `code lock`.
    @CommandLine.Command(
            name = "lock",
            description = {
                "Resolve requirements.txt to requirements.lock and wheels/, with pip.",
                "What the runtime has already is not replaced. The wheels travel in clear with the"
                    + " code, and the enclave checks each against the lock, whose digest everyone"
                    + " agrees on."
            })
    static final class Lock extends Command {
        @Parameters(paramLabel = "FOLDER", description = "The project.")
        private String folder = "";

        @Option(
                names = "--runtime",
                paramLabel = "NAME",
                description = "What it is to run with. Default: ${DEFAULT-VALUE}.")
        private String runtime = "base";

        @Option(
                names = "--python",
                paramLabel = "VERSION",
                description = "The enclave's Python, as in 3.11. Default: this machine's.")
        private String version = "";

        @Option(
                names = "--machine",
                paramLabel = "PROCESSOR",
                description = "The enclave's: x86_64 or aarch64. Default: this machine's.")
        private String machine = "";

        Lock(World world) {
            super(world);
        }

        @Override
        Exit run() throws CommandException, IOException, InterruptedException {
            Path project = project(world(), folder);
            RuntimePackages packages = KnownRuntimes.here().named(runtime);
            PythonInterpreter python = python();
            PythonTarget target = target(python);
            screen().line(
                            "Locking for "
                                    + target
                                    + " with the runtime "
                                    + packages.ref().name()
                                    + " "
                                    + packages.ref().digest()
                                    + ".");
            List<String> wheels;
            try {
                wheels =
                        new PackageLocker(python.executable(), world().environment())
                                .lock(project, packages, target);
            } catch (PackagesException e) {
                throw new CommandException(
                        e.code().equals("requirement-network")
                                ? Exit.UNREACHABLE
                                : Exit.NOT_ACCEPTABLE,
                        e.getMessage() + " [" + e.code() + "]",
                        e.hint());
            }
            wheels.forEach(wheel -> screen().line("wheels/" + Shown.bounded(wheel)));
            screen().line(
                            wheels.isEmpty()
                                    ? "The runtime has all of it."
                                    : wheels.size() + " package(s) come with the code.");
            CodeCheck.Report report = CodeCheck.check(project, Optional.of(packages));
            show(screen(), report);
            screen().json(
                            Json.object()
                                    .put("python", target.toString())
                                    .put("runtime", packages.ref().digest().toString())
                                    .put("wheels", wheels.stream().map(Json::of).toList())
                                    .put("check", json(report))
                                    .build());
            return report.hasErrors() ? Exit.NOT_ACCEPTABLE : Exit.OK;
        }

        private PythonInterpreter python() throws CommandException, InterruptedException {
            try {
                PythonInterpreter python = new PythonFinder(world().environment()).find();
                if (!python.hasPip()) {
                    throw new RuntimeUnavailableException(
                            python.executable() + " has no pip, which resolves requirements",
                            "install it, for example: apt install python3-pip");
                }
                return python;
            } catch (RuntimeUnavailableException e) {
                throw new CommandException(Exit.LOCAL, String.valueOf(e.getMessage()), e.hint());
            }
        }

        private PythonTarget target(PythonInterpreter python) throws CommandException {
            String wanted = version.isEmpty() ? python.version() : version;
            try {
                if (!wanted.matches("3\\.[0-9]{1,2}")) {
                    throw new IllegalArgumentException("a Python's version is like 3.11");
                }
                return new PythonTarget(
                        Integer.parseInt(wanted.substring(2)), machine.isEmpty() ? own() : machine);
            } catch (IllegalArgumentException e) {
                throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
            }
        }
    }

    private static String own() {
        String architecture = System.getProperty("os.arch", "");
        return architecture.equals("amd64") ? "x86_64" : architecture;
    }

    /// A project's folder.
    ///
    /// @throws CommandException if it isn't there
    static Path project(World world, String folder) throws CommandException {
        Path project = world.path(folder);
        if (!Files.isDirectory(project)) {
            throw new CommandException(
                    Exit.NOT_FOUND, "no folder " + Shown.bounded(project.toString()));
        }
        return project;
    }

    static void show(Screen screen, CodeCheck.Report report) {
        for (CodeFinding finding : report.findings()) {
            String where = finding.file() + (finding.line() > 0 ? ":" + finding.line() : "");
            screen.line(
                    finding.severity().word()
                            + ": "
                            + (where.isEmpty() ? "" : where + ": ")
                            + finding.sentence()
                            + " ["
                            + finding.code()
                            + "]");
        }
        long encrypted = report.folder().files().stream().filter(entry -> !entry.isClear()).count();
        screen.line(encrypted + " file(s) will be encrypted.");
    }

    static Json json(CodeCheck.Report report) {
        return Json.object()
                .put("findings", report.findings().stream().map(CodeFinding::toJson).toList())
                .put("files", report.folder().files().stream().map(CodeCommand::json).toList())
                .put("errors", report.hasErrors())
                .build();
    }

    private static Json json(CodeFolder.Entry entry) {
        return Json.object()
                .put("path", entry.relative())
                .put("encrypted", !entry.isClear())
                .build();
    }

    /// `code push`.
    @CommandLine.Command(name = "push", description = "Check, encrypt, upload and sign a project.")
    static final class Push extends SeatCommand {
        @Parameters(paramLabel = "FOLDER", description = "The project.")
        private String folder = "";

        Push(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        RefusedException,
                        CommandException,
                        IOException,
                        InterruptedException {
            CodeCheck.Report report =
                    CodeCheck.check(
                            project(world(), folder),
                            CodeTargets.of(
                                    world(),
                                    Optional.of(
                                            KnownRuntimes.here()
                                                    .of(seat.proposal().document().runtime())),
                                    seat.proposal().document().terms()));
            show(screen(), report);
            if (report.hasErrors()) {
                throw new CommandException(
                        Exit.NOT_ACCEPTABLE,
                        "the project would fail; nothing was uploaded",
                        "mend the errors above");
            }
            Sha256 statement = seat.code().push(report, screen().progress());
            screen().line("Pushed; the signed code statement is " + statement + ".");
            screen().json(
                            Json.object()
                                    .put("codeStatement", statement.toString())
                                    .put("check", json(report))
                                    .build());
            return Exit.OK;
        }
    }

    /// `code pull`.
    @CommandLine.Command(
            name = "pull",
            description =
                    "Fetch the code everyone can read; the code provider gets all of it back.")
    static final class Pull extends SeatCommand {
        @Parameters(paramLabel = "FOLDER", description = "Must not exist.")
        private String folder = "";

        Pull(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException, ServerException, RefusedException, InterruptedException {
            List<String> written = seat.code().pull(world().path(folder));
            written.forEach(path -> screen().line(Shown.bounded(path)));
            screen().json(
                            Json.object()
                                    .put("files", written.stream().map(Json::of).toList())
                                    .build());
            return Exit.OK;
        }
    }

    /// `code reset`.
    @CommandLine.Command(
            name = "reset",
            description =
                    "Take the code back. An agreement on it ends, and everyone must approve again.")
    static final class Reset extends SeatCommand {
        @Option(names = "--yes", description = "Don't ask.")
        private boolean yes;

        Reset(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        CommandException,
                        IOException,
                        InterruptedException {
            Confirmation.require(this, yes, "Take the code back?");
            seat.code().reset();
            screen().line("Taken back.");
            screen().json(Json.object().put("reset", true).build());
            return Exit.OK;
        }
    }
}
