package io.cloister.cli;

import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;
import io.cloister.server.Accounts;
import io.cloister.server.Backup;
import io.cloister.server.ServerSettings;
import io.cloister.server.SetupException;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// `server`.
@CommandLine.Command(
        name = "server",
        description = "Run a control plane, and its accounts.",
        subcommands = {
            ServerCommand.Start.class,
            ServerCommand.BackUp.class,
            ServerCommand.AccountGroup.class
        })
final class ServerCommand extends Group {
    /// `--data`.
    static final class Data {
        @Option(
                names = "--data",
                required = true,
                paramLabel = "FOLDER",
                description = "Everything the server keeps; made if it isn't there.")
        String folder = "";
    }

    /// `server start`.
    @CommandLine.Command(
            name = "start",
            description =
                    "Start a server with the process launcher (simulated enclaves). It ends with"
                            + " Ctrl-C or SIGTERM.")
    static final class Start extends Command {
        @Mixin private final Data data = new Data();

        @Option(
                names = "--host",
                defaultValue = "127.0.0.1",
                description = "Address to listen on: ${DEFAULT-VALUE}.")
        private String host = "127.0.0.1";

        @Option(
                names = "--port",
                defaultValue = "8443",
                description = "Port to listen on, 0 for a free one: ${DEFAULT-VALUE}.")
        private int port = 8443;

        @Option(
                names = "--certificates",
                paramLabel = "FILE",
                description = "PEM: the server's certificate, then its issuers.")
        private String certificates = "";

        @Option(
                names = "--key",
                paramLabel = "FILE",
                description = "PEM: the certificate's PKCS#8 key.")
        private String key = "";

        @Option(
                names = "--behind-proxy",
                description =
                        "A proxy in front does TLS, so listening beyond loopback in clear is"
                                + " meant.")
        private boolean behindProxy;

        @Option(
                names = "--runtime",
                paramLabel = "NAME",
                description = "Python packages to offer; repeatable. Default: base.")
        private List<String> runtimes = new ArrayList<>();

        @Option(
                names = "--cosmian-dialect",
                description =
                        "Serve the client of Cosmian Secure Computation, too. Who uses that client"
                                + " alone is not protected from whoever runs this server.")
        private boolean cosmianDialect;

        @Option(
                names = "--cosmian-runtime",
                paramLabel = "NAME",
                description =
                        "Python packages of computations in that dialect; default: the first"
                                + " --runtime.")
        private String cosmianRuntime = "";

        @Option(
                names = "--cosmian-git-hosts",
                paramLabel = "HOST",
                split = ",",
                description =
                        "In that dialect, take code from public git repositories on these hosts,"
                                + " too, over https; repeatable. Default: none. Such code is in"
                                + " clear, and this server can read it.")
        private List<String> cosmianGitHosts = new ArrayList<>();

        @Option(
                names = "--enclaves",
                defaultValue = "4",
                paramLabel = "N",
                description = "Enclaves at once: ${DEFAULT-VALUE}.")
        private int enclaves = 4;

        @Option(
                names = "--launcher-folder",
                paramLabel = "FOLDER",
                description = "The launcher's own; default: launcher in the data folder.")
        private String launcherFolder = "";

        @Option(
                names = "--log",
                paramLabel = "FILE",
                description = "Append the log to FILE instead of standard error.")
        private String log = "";

        Start(World world) {
            super(world);
        }

        @Override
        Exit run() throws CommandException, IOException, InterruptedException {
            Path folder = world().path(data.folder);
            Path state =
                    launcherFolder.isEmpty()
                            ? folder.resolve("launcher")
                            : world().path(launcherFolder);
            ServerSettings settings = settings(folder);
            Installation installation = Installation.of(world(), screen()::note);
            var stopped = new CountDownLatch(1);
            var closed = new CountDownLatch(1);
            try (Installation.Running running =
                    installation.start(
                            settings,
                            runtimes.isEmpty() ? List.of("base") : runtimes,
                            state.toAbsolutePath(),
                            world())) {
                Runtime.getRuntime()
                        .addShutdownHook(
                                new Thread(() -> {
                                    stopped.countDown();
                                    awaitQuietly(closed);
                                }));
                started(running);
                stopped.await();
            } finally {
                closed.countDown();
            }
            return Exit.OK;
        }

        /// The process ends when its shutdown hooks do, so the hook waits for the server to close.
        private static void awaitQuietly(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }

        private void started(Installation.Running running) {
            screen().line("Listening on " + running.server().uri() + ".");
            EvidenceNote.show(screen(), EvidenceKind.SIMULATED.word());
            screen().field("platform root", running.launcher().platformRoot());
            if (cosmianDialect) {
                screen().line(
                                "! The Cosmian dialect is on: who uses its client alone is not"
                                        + " protected from whoever runs this server.");
            }
            screen().json(
                            Json.object()
                                    .put("address", running.server().uri().toString())
                                    .put(EvidenceNote.MEMBER, EvidenceKind.SIMULATED.word())
                                    .put(
                                            "platformRoot",
                                            running.launcher().platformRoot().toString())
                                    .build());
            world().out().flush();
        }

        ServerSettings settings(Path folder) throws CommandException, IOException {
            if (port < 0 || port > 65_535) {
                throw new CommandException(Exit.USAGE, "--port takes 0 to 65535, not " + port);
            }
            if (enclaves < 1) {
                throw new CommandException(
                        Exit.USAGE, "--enclaves takes 1 or more, not " + enclaves);
            }
            if (certificates.isEmpty() != key.isEmpty()) {
                throw new CommandException(Exit.USAGE, "--certificates and --key go together");
            }
            ServerSettings settings =
                    ServerSettings.of(folder)
                            .withAddress(host, port)
                            .withClock(world().clock())
                            .withLog(
                                    log.isEmpty()
                                            ? world().err()
                                            : new PrintStream(
                                                    new FileOutputStream(
                                                            world().path(log).toFile(), true),
                                                    true,
                                                    StandardCharsets.UTF_8));
            var usual = ServerSettings.Limits.DEFAULT;
            settings =
                    settings.withLimits(
                            new ServerSettings.Limits(
                                    enclaves,
                                    usual.blobBytes(),
                                    usual.startLimit(),
                                    usual.idleLimit(),
                                    usual.overrunGrace(),
                                    usual.enrolmentLife(),
                                    usual.guestLife(),
                                    usual.restarts()));
            if (!certificates.isEmpty()) {
                settings =
                        settings.withTls(
                                new ServerSettings.Tls(
                                        world().path(certificates), world().path(key)));
            }
            if (cosmianDialect) {
                settings =
                        settings.allowCosmianDialect(
                                new ServerSettings.Cosmian(
                                        Optional.of(cosmianRuntime).filter(name -> !name.isEmpty()),
                                        gitHosts()));
            } else if (!cosmianRuntime.isEmpty()) {
                throw new CommandException(
                        Exit.USAGE, "--cosmian-runtime goes with --cosmian-dialect");
            } else if (!cosmianGitHosts.isEmpty()) {
                throw new CommandException(
                        Exit.USAGE, "--cosmian-git-hosts goes with --cosmian-dialect");
            }
            return behindProxy ? settings.allowClearBehindProxy() : settings;
        }

        private List<String> gitHosts() throws CommandException {
            List<String> hosts = new ArrayList<>();
            for (String given : cosmianGitHosts) {
                String host = given.toLowerCase(Locale.ROOT);
                if (!ServerSettings.Cosmian.isHost(host)) {
                    throw new CommandException(
                            Exit.USAGE,
                            "--cosmian-git-hosts takes names of hosts, as git.example.org, not "
                                    + Shown.bounded(given));
                }
                hosts.add(host);
            }
            return hosts;
        }
    }

    /// `server backup`.
    @CommandLine.Command(
            name = "backup",
            description =
                    "Copy a server's data folder, beside the running server. Start a server on the"
                            + " copy to go on from there.")
    static final class BackUp extends Command {
        @Mixin private final Data data = new Data();

        @Parameters(paramLabel = "TARGET", description = "Folder to make; must not exist yet.")
        private String target = "";

        BackUp(World world) {
            super(world);
        }

        @Override
        Exit run() throws CommandException {
            try {
                Backup.Report report =
                        Backup.write(world().path(data.folder), world().path(target));
                screen().line(
                                "Copied the database, "
                                        + report.blobs()
                                        + " ciphertexts and "
                                        + report.outputs()
                                        + " outputs.");
                if (report.missing() > 0) {
                    screen().line("! " + report.missing() + " files were missing already.");
                }
                screen().json(
                                Json.object()
                                        .put("blobs", report.blobs())
                                        .put("outputs", report.outputs())
                                        .put("missing", report.missing())
                                        .build());
                return Exit.OK;
            } catch (SetupException e) {
                throw new CommandException(Exit.LOCAL, String.valueOf(e.getMessage()));
            }
        }
    }

    /// `server account`.
    @CommandLine.Command(
            name = "account",
            description = "The operator's accounts; works beside a running server.",
            subcommands = {Add.class, ListAll.class, Token.class, Revoke.class, SetQuota.class})
    static final class AccountGroup extends Group {}

    abstract static class AccountCommand extends Command {
        @Mixin private final Data data = new Data();

        AccountCommand(World world) {
            super(world);
        }

        abstract Exit run(Accounts accounts)
                throws SetupException, MalformedException, CommandException;

        @Override
        final Exit run() throws MalformedException, CommandException, IOException {
            try (Accounts accounts =
                    Accounts.open(world().path(data.folder), world().random(), world().clock())) {
                return run(accounts);
            } catch (SetupException e) {
                throw new CommandException(Exit.LOCAL, String.valueOf(e.getMessage()));
            }
        }
    }

    private static Accounts.Account account(Accounts accounts, String email)
            throws MalformedException, CommandException {
        Email person = Email.fromPerson(email, "EMAIL");
        return accounts.list().stream()
                .filter(account -> account.email().equals(person))
                .findFirst()
                .orElseThrow(
                        () -> new CommandException(Exit.LOCAL, "there is no account " + person));
    }

    /// `server account add`.
    @CommandLine.Command(name = "add", description = "Add an account. It may own computations.")
    static final class Add extends AccountCommand {
        @Parameters(paramLabel = "EMAIL", description = "Whose.")
        private String email = "";

        @Option(
                names = "--quota",
                defaultValue = "256GiB",
                paramLabel = "SIZE",
                description = "What its computations may store: ${DEFAULT-VALUE}.")
        private String quota = "256GiB";

        Add(World world) {
            super(world);
        }

        @Override
        Exit run(Accounts accounts) throws SetupException, MalformedException, CommandException {
            Email person = Email.fromPerson(email, "EMAIL");
            accounts.add(
                    person,
                    new Accounts.Quota(
                            bytes(quota, "--quota"), Accounts.Quota.DEFAULT.computations()));
            screen().line("Added " + person + ". Make a token with: cloister server account token");
            screen().json(Json.object().put("email", person.value()).build());
            return Exit.OK;
        }
    }

    /// `server account list`.
    @CommandLine.Command(name = "list", description = "List the accounts.")
    static final class ListAll extends AccountCommand {
        ListAll(World world) {
            super(world);
        }

        @Override
        Exit run(Accounts accounts) {
            List<Json> all = new ArrayList<>();
            for (Accounts.Account account : accounts.list()) {
                screen().line(
                                account.email()
                                        + "  "
                                        + account.bytesUsed()
                                        + " of "
                                        + account.quota().bytes()
                                        + " bytes, "
                                        + account.computationsUsed()
                                        + " computations, "
                                        + account.tokens()
                                        + " tokens");
                all.add(
                        Json.object()
                                .put("email", account.email().value())
                                .put("quota", account.quota().bytes())
                                .put("bytesUsed", account.bytesUsed())
                                .put("computations", account.computationsUsed())
                                .put("tokens", account.tokens())
                                .build());
            }
            screen().json(Json.object().put("accounts", all).build());
            return Exit.OK;
        }
    }

    /// `server account token`.
    @CommandLine.Command(
            name = "token",
            description = "Make an access token of an account. It is shown once.")
    static final class Token extends AccountCommand {
        @Parameters(paramLabel = "EMAIL", description = "Whose.")
        private String email = "";

        @Option(
                names = "--life",
                defaultValue = "365d",
                paramLabel = "TIME",
                description = "How long it opens: ${DEFAULT-VALUE}.")
        private String life = "365d";

        @Option(names = "--revoke", description = "End all earlier tokens of the account, too.")
        private boolean revoke;

        Token(World world) {
            super(world);
        }

        @Override
        Exit run(Accounts accounts) throws SetupException, MalformedException, CommandException {
            Email person = Email.fromPerson(email, "EMAIL");
            if (revoke) {
                accounts.revokeTokens(person);
            }
            String token = accounts.newToken(person, duration(life, "--life"));
            screen().raw(token);
            screen().json(Json.object().put("token", token).build());
            return Exit.OK;
        }
    }

    /// `server account revoke`.
    @CommandLine.Command(
            name = "revoke",
            description =
                    "End all tokens of an account, at once. Tokens of invitations to the same"
                            + " person stay.")
    static final class Revoke extends AccountCommand {
        @Parameters(paramLabel = "EMAIL", description = "Whose.")
        private String email = "";

        Revoke(World world) {
            super(world);
        }

        @Override
        Exit run(Accounts accounts) throws MalformedException, CommandException {
            Email person = account(accounts, email).email();
            long ended = accounts.revokeTokens(person);
            screen().line("Ended " + ended + " tokens of " + person + ".");
            screen().json(Json.object().put("revoked", ended).build());
            return Exit.OK;
        }
    }

    /// `server account quota`.
    @CommandLine.Command(
            name = "quota",
            description =
                    "Change what an account's computations may store. What they have stored stays.")
    static final class SetQuota extends AccountCommand {
        @Parameters(index = "0", paramLabel = "EMAIL", description = "Whose.")
        private String email = "";

        @Parameters(index = "1", paramLabel = "SIZE", description = "As 256GiB.")
        private String size = "";

        SetQuota(World world) {
            super(world);
        }

        @Override
        Exit run(Accounts accounts) throws SetupException, MalformedException, CommandException {
            Accounts.Account account = account(accounts, email);
            long bytes = bytes(size, "SIZE");
            accounts.setQuota(
                    account.email(), new Accounts.Quota(bytes, account.quota().computations()));
            screen().line(account.email() + " may store " + bytes + " bytes.");
            screen().json(
                            Json.object()
                                    .put("email", account.email().value())
                                    .put("quota", bytes)
                                    .build());
            return Exit.OK;
        }
    }
}
