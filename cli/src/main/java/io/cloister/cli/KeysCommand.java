package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.Cloister;
import io.cloister.client.Place;
import io.cloister.client.Seat;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// `keys`.
@CommandLine.Command(
        name = "keys",
        description = "Your key store: keys, agreements, grants, accepted runs.",
        subcommands = {
            KeysCommand.ListAll.class,
            KeysCommand.Backup.class,
            KeysCommand.Restore.class,
            KeysCommand.Protect.class
        })
final class KeysCommand extends Group {
    /// `keys list`.
    @CommandLine.Command(
            name = "list",
            description = "List the computations this key store has keys of.")
    static final class ListAll extends Command {
        ListAll(World world) {
            super(world);
        }

        @Override
        Exit run() throws ClientException, CommandException {
            Cloister cloister = cloister();
            List<Json> all = new ArrayList<>();
            Set<String> kinds = new TreeSet<>();
            for (Place place : cloister.places()) {
                try (Seat seat = cloister.seat(place)) {
                    screen().line(
                                    place.computation()
                                            + "  "
                                            + place.server()
                                            + "  as "
                                            + seat.email()
                                            + (seat.isOwner() ? " (owner)" : "")
                                            + "  grants: "
                                            + seat.grants().size());
                    seat.grants().stream().map(EvidenceNote::kind).forEach(kinds::add);
                    all.add(
                            Json.object()
                                    .put("computation", place.computation().toString())
                                    .put("server", place.server().value())
                                    .put("email", seat.email().value())
                                    .put("owner", seat.isOwner())
                                    .put(
                                            "grants",
                                            seat.grants().stream().map(Status::json).toList())
                                    .build());
                }
            }
            EvidenceNote.show(screen(), kinds);
            screen().json(Json.object().put("computations", all).build());
            return Exit.OK;
        }
    }

    /// `keys backup`.
    @CommandLine.Command(
            name = "backup",
            description = "Write the whole key store into one age file.")
    static final class Backup extends Command {
        @Parameters(paramLabel = "FILE", description = "Must not exist.")
        private String file = "";

        @Option(
                names = {"-r", "--recipient"},
                paramLabel = "AGE1...",
                description =
                        "Who can open it; repeatable. Without any, a passphrase is asked for.")
        private List<String> recipients = new ArrayList<>();

        @Option(
                names = "--backup-passphrase-file",
                paramLabel = "FILE",
                description = "Read that passphrase from the first line of FILE.")
        private String passphraseFile = "";

        Backup(World world) {
            super(world);
        }

        @Override
        Exit run() throws ClientException, MalformedException, CommandException, IOException {
            Cloister cloister = cloister();
            int files =
                    recipients.isEmpty()
                            ? cloister.backup(
                                    world().path(file),
                                    new Passphrases(world())
                                            .fresh(
                                                    passphraseFile,
                                                    "Passphrase of the backup: ",
                                                    "--backup-passphrase-file"))
                            : cloister.backup(world().path(file), recipients);
            screen().line("Wrote " + files + " records to " + world().path(file) + ".");
            screen().json(Json.object().put("records", files).build());
            return Exit.OK;
        }
    }

    /// `keys restore`.
    @CommandLine.Command(
            name = "restore",
            description = "Bring back what a backup holds and the key store lacks.")
    static final class Restore extends Command {
        @Parameters(paramLabel = "FILE", description = "The backup.")
        private String file = "";

        @Option(
                names = {"-i", "--identity"},
                paramLabel = "FILE",
                description =
                        "A file with the AGE-SECRET-KEY that opens it. Without, a passphrase is"
                                + " asked for.")
        private String identity = "";

        @Option(
                names = "--backup-passphrase-file",
                paramLabel = "FILE",
                description = "Read that passphrase from the first line of FILE.")
        private String passphraseFile = "";

        Restore(World world) {
            super(world);
        }

        @Override
        Exit run() throws ClientException, MalformedException, CommandException, IOException {
            Cloister cloister = cloister();
            int files =
                    identity.isEmpty()
                            ? cloister.restore(
                                    world().path(file),
                                    new Passphrases(world())
                                            .known(
                                                    passphraseFile,
                                                    "Passphrase of the backup: ",
                                                    "--backup-passphrase-file"))
                            : cloister.restore(world().path(file), world().path(identity));
            screen().line("Brought back " + files + " records.");
            screen().json(Json.object().put("records", files).build());
            return Exit.OK;
        }
    }

    /// `keys protect`.
    @CommandLine.Command(
            name = "protect",
            description =
                    "Put the key store under a passphrase, or under another one. What it holds"
                            + " stays. Copies made before open as they did.")
    static final class Protect extends Command {
        @Option(
                names = "--new-passphrase-file",
                paramLabel = "FILE",
                description =
                        "Read the new passphrase from the first line of FILE instead of asking.")
        private String passphraseFile = "";

        Protect(World world) {
            super(world);
        }

        @Override
        Exit run() throws ClientException, CommandException, IOException {
            Cloister cloister = cloister();
            boolean before = cloister.isProtected();
            cloister.unlock();
            cloister.protect(
                    new Passphrases(world())
                            .fresh(
                                    passphraseFile,
                                    "New passphrase of the key store: ",
                                    "--new-passphrase-file"));
            screen().line(
                            before
                                    ? "The key store has another passphrase now."
                                    : "The key store is under a passphrase now.");
            screen().json(Json.object().put("protected", true).put("before", before).build());
            return Exit.OK;
        }
    }
}
