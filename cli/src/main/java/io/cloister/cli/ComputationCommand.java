package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.Cloister;
import io.cloister.client.Draft;
import io.cloister.client.OwnerDesk;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.SignedAgreement;
import io.cloister.client.server.EventStream;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerUrl;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `computation`.
@CommandLine.Command(
        name = "computation",
        description = "Set up and follow computations.",
        subcommands = {
            ComputationCommand.Create.class,
            ComputationCommand.ListAll.class,
            ComputationCommand.Show.class,
            ComputationCommand.Watch.class,
            ComputationCommand.Archive.class,
        })
final class ComputationCommand extends Group {
    /// `computation create`.
    @CommandLine.Command(
            name = "create",
            description =
                    "Propose a computation and make everyone's invitation. You are its owner.")
    static final class Create extends Command {
        @Parameters(paramLabel = "TITLE", description = "What it is about; everyone sees it.")
        private String title = "";

        @Option(
                names = "--server",
                paramLabel = "URL",
                description = "The server, if you are logged in to several.")
        private String server = "";

        @Option(
                names = "--code-provider",
                required = true,
                paramLabel = "EMAIL",
                description = "Who brings the code.")
        private String codeProvider = "";

        @Option(
                names = "--data-provider",
                required = true,
                paramLabel = "EMAIL",
                description = "Who brings data; repeat in the order of read(0), read(1), ...")
        private List<String> dataProviders = new ArrayList<>();

        @Option(
                names = "--result-consumer",
                required = true,
                paramLabel = "EMAIL",
                description =
                        "Who gets a result; repeat in the order of write(x, 0), write(x, 1), ...")
        private List<String> resultConsumers = new ArrayList<>();

        @Option(
                names = "--runtime",
                defaultValue = "base",
                paramLabel = "NAME",
                description = "Python packages: ${DEFAULT-VALUE}.")
        private String runtime = "base";

        @Option(
                names = "--runtime-lock",
                paramLabel = "FILE",
                description =
                        "Your own copy of the runtime's lock; its digest is proposed, whatever the"
                                + " server says.")
        private String runtimeLock = "";

        @Option(
                names = "--runtime-digest",
                paramLabel = "SHA256",
                description =
                        "The digest that the runtime must have. Needed if the server's is another"
                                + " than this installation's of that name, and you mean it.")
        private String runtimeDigest = "";

        @Option(
                names = "--measurement",
                paramLabel = "KIND:HEX",
                description = "Narrow everyone's policy to this enclave; repeatable.")
        private List<String> measurements = new ArrayList<>();

        @Mixin private final TermsOptions limits = new TermsOptions();

        Create(World world) {
            super(world);
        }

        @Override
        Exit run()
                throws ClientException,
                        ServerException,
                        RefusedException,
                        MalformedException,
                        CommandException,
                        IOException,
                        InterruptedException {
            Cloister cloister = cloister();
            ServerUrl url = server(cloister);
            try (Seat seat = cloister.create(url, draft(cloister, url))) {
                report(seat);
            }
            return Exit.OK;
        }

        private ServerUrl server(Cloister cloister)
                throws ClientException, MalformedException, CommandException {
            if (!server.isEmpty()) {
                return ServerUrl.fromPerson(server, "--server");
            }
            List<ServerUrl> accounts = cloister.accounts();
            if (accounts.size() != 1) {
                throw new CommandException(
                        Exit.USAGE,
                        "you are logged in to " + accounts.size() + " servers",
                        accounts.isEmpty()
                                ? "log in with: cloister login URL"
                                : "say which with --server");
            }
            return accounts.getFirst();
        }

        private Draft draft(Cloister cloister, ServerUrl url)
                throws ClientException,
                        ServerException,
                        MalformedException,
                        CommandException,
                        IOException,
                        InterruptedException {
            try {
                return new Draft(
                        title,
                        new Roster(
                                Email.fromPerson(codeProvider, "--code-provider"),
                                TermsOptions.emails(dataProviders, "--data-provider"),
                                TermsOptions.emails(resultConsumers, "--result-consumer")),
                        runtime(cloister, url),
                        measurements,
                        limits.terms(world().clock().instant()));
            } catch (IllegalArgumentException e) {
                throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
            }
        }

        private RuntimeRef runtime(Cloister cloister, ServerUrl url)
                throws ClientException,
                        ServerException,
                        MalformedException,
                        CommandException,
                        IOException,
                        InterruptedException {
            Optional<Sha256> meant =
                    runtimeDigest.isEmpty()
                            ? Optional.empty()
                            : Optional.of(Sha256.parse(runtimeDigest, "--runtime-digest"));
            if (!runtimeLock.isEmpty()) {
                Sha256 own = Sha256.of(Files.readAllBytes(world().path(runtimeLock)));
                return KnownRuntimes.here()
                        .require(new RuntimeRef(runtime, own), Optional.of(meant.orElse(own)));
            }
            return KnownRuntimes.here().require(offered(cloister, url), meant);
        }

        private RuntimeRef offered(Cloister cloister, ServerUrl url)
                throws ClientException, ServerException, CommandException, InterruptedException {
            List<Said.OfferedRuntime> offered = cloister.info(url).runtimes();
            return offered.stream()
                    .filter(one -> one.name().equals(runtime))
                    .findFirst()
                    .map(one -> new RuntimeRef(one.name(), one.digest()))
                    .orElseThrow(() ->
                            new CommandException(
                                    Exit.NOT_FOUND,
                                    "the server offers no runtime " + Shown.bounded(runtime),
                                    "it offers: "
                                            + String.join(
                                                    ", ",
                                                    offered.stream()
                                                            .map(one -> Shown.bounded(one.name()))
                                                            .toList())));
        }

        private void report(Seat seat) throws ClientException {
            List<OwnerDesk.Kept> invitations = seat.owner().invitations();
            Screen screen = screen();
            screen.line("Created " + seat.place().computation() + ".");
            screen.line(
                    "Hand each person their own invitation, by a way you trust; whoever has it can"
                            + " join as them:");
            for (OwnerDesk.Kept kept : invitations) {
                screen.line("");
                screen.line(kept.invitation().email() + ":");
                screen.raw(kept.invitation().text());
            }
            screen.json(
                    Json.object()
                            .put("computation", seat.place().computation().toString())
                            .put("server", seat.place().server().value())
                            .put(
                                    "invitations",
                                    invitations.stream().map(InvitationCommand::json).toList())
                            .build());
        }
    }

    /// `computation list`.
    @CommandLine.Command(
            name = "list",
            description = "List your account's computations, as the server says.")
    static final class ListAll extends Command {
        @Option(names = "--server", paramLabel = "URL", description = "One server only.")
        private String server = "";

        @Option(names = "--archived", description = "Archived ones instead.")
        private boolean archived;

        ListAll(World world) {
            super(world);
        }

        @Override
        Exit run()
                throws ClientException,
                        ServerException,
                        MalformedException,
                        CommandException,
                        InterruptedException {
            Cloister cloister = cloister();
            List<ServerUrl> servers =
                    server.isEmpty()
                            ? cloister.accounts()
                            : List.of(ServerUrl.fromPerson(server, "--server"));
            List<Json> all = new ArrayList<>();
            for (ServerUrl url : servers) {
                screen().line(url + " says:");
                for (Said.Summary one : cloister.list(url, archived)) {
                    screen().line(
                                    "  "
                                            + one.id()
                                            + "  "
                                            + Shown.bounded(one.state())
                                            + "  owner "
                                            + one.owner()
                                            + (one.dialect() == Dialect.COSMIAN
                                                    ? "  COSMIAN DIALECT, all of it the server's"
                                                            + " word"
                                                    : "")
                                            + (one.pending().isEmpty()
                                                    ? ""
                                                    : "  waits for you: "
                                                            + Shown.bounded(
                                                                    String.join(
                                                                            ", ", one.pending()))));
                    all.add(
                            Json.object()
                                    .put("server", url.value())
                                    .put("computation", one.id().toString())
                                    .put("dialect", one.dialect().word())
                                    .put("state", one.state())
                                    .put("owner", one.owner().value())
                                    .put("pending", one.pending().stream().map(Json::of).toList())
                                    .build());
                }
            }
            screen().json(Json.object().put("serverSays", all).build());
            return Exit.OK;
        }
    }

    /// `computation show`.
    @CommandLine.Command(name = "show", description = "Show where a computation stands.")
    static final class Show extends SeatCommand {
        @Parameters(arity = "0..1", paramLabel = "ID", description = "Which; the first digits do.")
        private String id = "";

        Show(World world) {
            super(world);
        }

        @Override
        String parameter() {
            return id;
        }

        @Override
        Exit run(Seat seat)
                throws ClientException, ServerException, RefusedException, InterruptedException {
            new Status(screen()).show(seat, seat.said());
            return Exit.OK;
        }
    }

    /// `computation watch`.
    @CommandLine.Command(
            name = "watch",
            description = "Follow a computation, and sign its agreement when it is complete.")
    static final class Watch extends SeatCommand {
        @Parameters(arity = "0..1", paramLabel = "ID", description = "Which; the first digits do.")
        private String id = "";

        @Option(
                names = "--sign",
                description =
                        "Owner: sign the agreement once every card passes its check and the code is"
                                + " there, then end.")
        private boolean sign;

        @Option(
                names = "--timeout",
                defaultValue = "30d",
                paramLabel = "TIME",
                description = "With --sign, give up after: ${DEFAULT-VALUE}.")
        private String timeout = "30d";

        @Option(
                names = "--events",
                defaultValue = "0",
                paramLabel = "N",
                description = "End after N events; 0 means never.")
        private long events;

        Watch(World world) {
            super(world);
        }

        @Override
        String parameter() {
            return id;
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        RefusedException,
                        CommandException,
                        IOException,
                        InterruptedException {
            if (sign) {
                SignedAgreement signed =
                        seat.owner().signWhenComplete(duration(timeout, "--timeout"));
                AgreementCommand.signed(screen(), signed);
                return Exit.OK;
            }
            Said.Computation said = seat.said();
            Screen screen = screen();
            if (!screen.isJson()) {
                new Status(screen).show(seat, said);
            }
            try (EventStream stream = seat.follow(said.lastEvent())) {
                for (long seen = 0; events == 0 || seen < events; seen++) {
                    Said.Event event = stream.next();
                    Optional<String> kind = kind(seat, event);
                    kind.ifPresent(it -> EvidenceNote.show(screen, it));
                    screen.line(
                            event.at()
                                    + "  "
                                    + Shown.bounded(event.type())
                                    + "  "
                                    + Shown.escaped(event.data().text(), 300));
                    screen.json(
                            Json.object()
                                    .put("number", event.number())
                                    .put("at", event.at().toString())
                                    .put("type", event.type())
                                    .put("data", event.data())
                                    .putIfPresent(EvidenceNote.MEMBER, kind)
                                    .build());
                }
            }
            return Exit.OK;
        }

        /// The kind of the enclave an event names, if it names one.
        private static Optional<String> kind(Seat seat, Said.Event event)
                throws ClientException, ServerException, InterruptedException {
            if (!(event.data() instanceof Json.Obj(var members))
                    || !(members.get("identity") instanceof Json.Str(String identity))) {
                return Optional.empty();
            }
            try {
                return Optional.of(EvidenceNote.kind(seat, Sha256.parse(identity, "identity")));
            } catch (MalformedException _) {
                return Optional.empty();
            }
        }
    }

    /// `computation archive`.
    @CommandLine.Command(name = "archive", description = "End a computation. Only its owner can.")
    static final class Archive extends SeatCommand {
        @Parameters(arity = "0..1", paramLabel = "ID", description = "Which; the first digits do.")
        private String id = "";

        Archive(World world) {
            super(world);
        }

        @Override
        String parameter() {
            return id;
        }

        @Override
        Exit run(Seat seat) throws ClientException, ServerException, InterruptedException {
            Said.Computation said = seat.owner().archive();
            screen().line(
                            "Archived. The server says it stopped the enclaves and deleted the"
                                    + " data.");
            screen().json(Json.object().put("serverSays", Status.json(said)).build());
            return Exit.OK;
        }
    }
}
