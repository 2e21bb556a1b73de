package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.DataDesk;
import io.cloister.client.GrantRecord;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.Sentences;
import io.cloister.client.StoredInput;
import io.cloister.client.SubmittedInputs;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// `data`.
@CommandLine.Command(
        name = "data",
        description = "A data provider's files.",
        subcommands = {
            DataCommand.Push.class,
            DataCommand.ListAll.class,
            DataCommand.Submit.class,
            DataCommand.Reset.class
        })
final class DataCommand extends Group {
    /// `data push`.
    @CommandLine.Command(
            name = "push",
            description = "Encrypt and upload files. They are read in the order they were pushed.")
    static final class Push extends SeatCommand {
        @Parameters(
                arity = "1..*",
                paramLabel = "[NAME=]FILE",
                description = "A file, and what the code shall see as its name if not its own.")
        private List<String> files = new ArrayList<>();

        Push(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        RefusedException,
                        MalformedException,
                        InterruptedException {
            List<DataDesk.Upload> uploads = new ArrayList<>();
            for (String file : files) {
                uploads.add(upload(file));
            }
            show(screen(), seat.data().push(uploads, screen().progress()), seat.grants());
            return Exit.OK;
        }

        private DataDesk.Upload upload(String text) throws MalformedException {
            int equals = text.indexOf('=');
            return equals > 0 && !Files.exists(world().path(text))
                    ? new DataDesk.Upload(
                            world().path(text.substring(equals + 1)),
                            FileName.parse(text.substring(0, equals), "NAME"))
                    : DataDesk.Upload.of(world().path(text));
        }
    }

    private static void show(Screen screen, List<StoredInput> inputs, List<GrantRecord> grants) {
        EvidenceNote.show(screen, grants.stream().map(EvidenceNote::kind).toList());
        for (int i = 0; i < inputs.size(); i++) {
            StoredInput input = inputs.get(i);
            screen.line(
                    (i + 1)
                            + ". "
                            + input.name()
                            + "  "
                            + Sentences.size(input.bytes())
                            + "  "
                            + input.ciphertext());
        }
        screen.json(
                Json.object()
                        .put("inputs", inputs.stream().map(DataCommand::json).toList())
                        .put("grantedTo", grants.stream().map(Status::json).toList())
                        .build());
    }

    private static Json json(StoredInput input) {
        return Json.object()
                .put("name", input.name().value())
                .put("bytes", input.bytes())
                .put("ciphertext", input.ciphertext().toString())
                .put("ciphertextBytes", input.ciphertextBytes())
                .build();
    }

    /// `data list`.
    @CommandLine.Command(
            name = "list",
            description = "List your files, and whether the server says it has them.")
    static final class ListAll extends SeatCommand {
        ListAll(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat) throws ClientException, ServerException, InterruptedException {
            List<StoredInput> inputs = seat.data().list();
            Set<Sha256> stored = new HashSet<>();
            seat.data().stored().stream().map(Said.Blob::digest).forEach(stored::add);
            show(screen(), inputs, seat.grants());
            for (StoredInput input : inputs) {
                if (!stored.contains(input.ciphertext())) {
                    screen().line("The server says it has no " + input.name() + ".");
                }
            }
            return Exit.OK;
        }
    }

    /// `data submit`.
    @CommandLine.Command(
            name = "submit",
            description =
                    "Give your files, as they are now, to a further run of the enclave you"
                            + " approved.")
    static final class Submit extends SeatCommand {
        @Option(
                names = "--run",
                required = true,
                paramLabel = "N",
                description = "Which run: 2 or more.")
        private long run;

        Submit(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException, ServerException, RefusedException, InterruptedException {
            SubmittedInputs list = seat.data().submit(run);
            String kind = EvidenceNote.kind(seat, list.identity());
            EvidenceNote.show(screen(), kind);
            screen().line(
                            "Submitted "
                                    + list.files()
                                    + " file(s) for run "
                                    + list.run()
                                    + "; list "
                                    + list.list()
                                    + ".");
            screen().json(
                            Json.object()
                                    .put("run", list.run())
                                    .put("identity", list.identity().toString())
                                    .put(EvidenceNote.MEMBER, kind)
                                    .put("inputList", list.list().toString())
                                    .put("files", list.files())
                                    .build());
            return Exit.OK;
        }
    }

    /// `data reset`.
    @CommandLine.Command(
            name = "reset",
            description =
                    "Take your files back: the server is told to delete them. What you granted"
                            + " stays granted.")
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
            Confirmation.require(
                    this,
                    yes,
                    "Delete your " + seat.data().list().size() + " file(s) at the server?");
            seat.data().reset();
            screen().line("Taken back.");
            screen().json(Json.object().put("reset", true).build());
            return Exit.OK;
        }
    }
}
