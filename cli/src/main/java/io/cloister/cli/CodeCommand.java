package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.code.CodeCheck;
import io.cloister.client.code.CodeFinding;
import io.cloister.client.code.CodeFolder;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// `code`.
@CommandLine.Command(
        name = "code",
        description = "The code provider's project.",
        subcommands = {
            CodeCommand.Init.class,
            CodeCommand.Check.class,
            CodeCommand.Push.class,
            CodeCommand.Pull.class,
            CodeCommand.Reset.class,
        })
final class CodeCommand extends Group {
    private static final String RUN =
            """
            # Everyone of the computation can read this file. Keep what is secret in modules: they are encrypted.
            from cloister import Enclave


            def main() -> int:
                with Enclave() as enclave:
                    # Encrypted modules resolve only inside this block.
                    import secret_module

                    inputs = [data.read() for data in enclave.read()]
                    enclave.write(secret_module.combine(inputs))
                return 0


            if __name__ == "__main__":
                raise SystemExit(main())
            """;

    private static final String SECRET =
            """
            # Encrypted before it leaves this machine.


            def combine(inputs: list[bytes]) -> bytes:
                total = sum(len(data) for data in inputs)
                return f"{len(inputs)} inputs, {total} bytes\\n".encode()
            """;

    /// `code init`.
    @CommandLine.Command(name = "init", description = "Write a working project into a new folder.")
    static final class Init extends Command {
        @Parameters(paramLabel = "FOLDER", description = "Must not exist.")
        private String folder = "";

        Init(World world) {
            super(world);
        }

        @Override
        Exit run() throws CommandException, IOException {
            Path target = world().path(folder);
            if (Files.exists(target)) {
                throw new CommandException(Exit.LOCAL, target + " exists", "give a new folder");
            }
            Map<String, String> files =
                    new TreeMap<>(Map.of("run.py", RUN, "secret_module.py", SECRET));
            Files.createDirectories(target);
            for (Map.Entry<String, String> file : files.entrySet()) {
                Files.writeString(target.resolve(file.getKey()), file.getValue());
            }
            screen().line("Wrote " + target + ": " + String.join(", ", files.keySet()) + ".");
            screen().json(
                            Json.object()
                                    .put("folder", target.toString())
                                    .put("files", files.keySet().stream().map(Json::of).toList())
                                    .build());
            return Exit.OK;
        }
    }

    /// `code check`.
    @CommandLine.Command(
            name = "check",
            description = "Find what would fail later, or surprise someone. Nothing is run.")
    static final class Check extends Command {
        @Parameters(paramLabel = "FOLDER", description = "The project.")
        private String folder = "";

        Check(World world) {
            super(world);
        }

        @Override
        Exit run() throws CommandException, IOException {
            CodeCheck.Report report = report(world(), folder);
            show(screen(), report);
            screen().json(json(report));
            return report.hasErrors() ? Exit.NOT_ACCEPTABLE : Exit.OK;
        }
    }

    private static CodeCheck.Report report(World world, String folder)
            throws CommandException, IOException {
        Path project = world.path(folder);
        if (!Files.isDirectory(project)) {
            throw new CommandException(
                    Exit.NOT_FOUND, "no folder " + Shown.bounded(project.toString()));
        }
        return CodeCheck.check(project);
    }

    private static void show(Screen screen, CodeCheck.Report report) {
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

    private static Json json(CodeCheck.Report report) {
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
            CodeCheck.Report report = report(world(), folder);
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
