package io.cloister.server;

import io.cloister.launcher.Launcher;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.state.Dossier;
import io.cloister.protocol.state.Transition;
import io.javalin.Javalin;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import javax.net.ssl.SSLContext;

/// A running control plane. It stores ciphertext and signed documents, starts enclaves, and passes
/// on; it holds no key and cannot open anything. Participants believe nothing it says.
///
/// Safe for use by several threads.
public final class CloisterServer implements AutoCloseable {
    private final Javalin http;
    private final List<Route> routes;
    private final EventOperations events;
    private final EnclaveSupervisor supervisor;
    private final Database database;
    private final Closeable lock;
    private final JsonLog log;
    private final ServerSettings settings;

    private CloisterServer(
            Javalin http,
            List<Route> routes,
            EventOperations events,
            EnclaveSupervisor supervisor,
            Database database,
            Closeable lock,
            JsonLog log,
            ServerSettings settings) {
        this.http = http;
        this.routes = routes;
        this.events = events;
        this.supervisor = supervisor;
        this.database = database;
        this.lock = lock;
        this.log = log;
        this.settings = settings;
    }

    /// Starts a server on its data folder: sweeps what an earlier one left incomplete, says in
    /// events which enclaves are gone, orders those that are due, and listens. The launcher stays
    /// the caller's to close, after the server.
    ///
    /// @throws SetupException if it can't run as told; nothing is left open then
    public static CloisterServer start(ServerSettings settings, Launcher launcher)
            throws SetupException {
        return start(settings, launcher, GitCode::https);
    }

    /// As [#start(ServerSettings, Launcher)], with another way to git repositories.
    static CloisterServer start(ServerSettings settings, Launcher launcher, GitCode.Remote git)
            throws SetupException {
        settings.requireSafeAddress();
        if (settings.cosmian().isPresent()) {
            // Before anything is opened, and before events say that enclaves are gone.
            cosmianRuntime(settings.cosmian().get(), launcher);
        }
        Optional<SSLContext> tls =
                settings.tls().isPresent()
                        ? Optional.of(Pem.context(settings.tls().get()))
                        : Optional.empty();
        DataFolder folder = DataFolder.open(settings.data());
        Closeable lock = folder.lock();
        try {
            return start(settings, launcher, git, tls, folder, lock);
        } catch (SetupException | RuntimeException | IOException e) {
            closeQuietly(lock);
            throw e instanceof SetupException setup
                    ? setup
                    : new SetupException("the server could not start: " + e.getMessage(), e);
        }
    }

    private static CloisterServer start(
            ServerSettings settings,
            Launcher launcher,
            GitCode.Remote git,
            Optional<SSLContext> tls,
            DataFolder folder,
            Closeable lock)
            throws SetupException, IOException {
        var log = new JsonLog(settings.log(), settings.clock());
        Database database = Database.open(folder.database());
        try {
            Control control = control(settings, launcher, folder, database, log);
            folder.emptyTemporary();
            BlobStore.Sweep sweep = control.blobs().sweep();
            log.info("swept")
                    .with("removed", sweep.removed())
                    .with("missing", sweep.missing())
                    .write();
            for (ComputationId gone : sweep.gone()) {
                // The database was lost or is an older one; what is on disk stays where it is.
                log.error("computation-gone").with("computation", gone).write();
            }
            var supervisor = new EnclaveSupervisor(control);
            control.registry()
                    .onEffect((computation, effect) ->
                            carryOut(control, supervisor, computation, effect));
            finishDeletions(control);
            List<ComputationId> due = supervisor.recover();
            Gate gate = Gate.ofStoredTokens(database, settings.clock());
            var events = new EventOperations(control, gate);
            List<Route> routes =
                    Routes.of(control, supervisor, events, settings.cosmian().isPresent());
            List<Web.Interface> interfaces = new ArrayList<>();
            interfaces.add(new Web.Interface("/api/v1", gate, routes));
            if (settings.cosmian().isPresent()) {
                interfaces.add(cosmian(control, supervisor, settings.cosmian().get(), git));
            }
            Javalin http = new Web(control.random(), log).start(settings, tls, interfaces);
            due.forEach(supervisor::order);
            var server =
                    new CloisterServer(
                            http, routes, events, supervisor, database, lock, log, settings);
            log.info("started")
                    .with("address", server.uri())
                    .with("launcher", launcher.kind())
                    .of(launcher)
                    .write();
            return server;
        } catch (SetupException | RuntimeException | IOException e) {
            database.close();
            throw e;
        }
    }

    /// What computations of the Cosmian dialect run on.
    ///
    /// @throws SetupException if it isn't on offer
    private static RuntimeRef cosmianRuntime(ServerSettings.Cosmian how, Launcher launcher)
            throws SetupException {
        return launcher.runtimes().stream()
                .filter(offered ->
                        how.runtime().isEmpty() || how.runtime().get().equals(offered.name()))
                .findFirst()
                .orElseThrow(() ->
                        new SetupException(
                                "the Cosmian dialect needs a runtime that is on offer"
                                        + how.runtime().map(name -> ", not " + name).orElse("")));
    }

    private static Web.Interface cosmian(
            Control control,
            EnclaveSupervisor supervisor,
            ServerSettings.Cosmian how,
            GitCode.Remote git)
            throws SetupException {
        RuntimeRef runtime = cosmianRuntime(how, control.launcher());
        Bytes key =
                control.database()
                        .write(handle ->
                                ServerKeyTable.key(
                                        handle,
                                        "access-tokens",
                                        AccessTokens.KEY_BYTES,
                                        control.random()));
        var accessTokens = new AccessTokens(key, control.clock());
        return new Web.Interface(
                "",
                Gate.ofAccessTokens(control.database(), control.clock(), accessTokens),
                CosmianRoutes.of(
                        control,
                        supervisor,
                        accessTokens,
                        runtime,
                        new CosmianRepositoryOperations(
                                control, how.gitHosts(), new GitCode(git, GitCode.Bounds.USUAL))));
    }

    /// What the parts share, over a folder and its database.
    static Control control(
            ServerSettings settings,
            Launcher launcher,
            DataFolder folder,
            Database database,
            JsonLog log) {
        var feeds = new Feeds();
        var registry = new Registry(database, feeds, settings.clock());
        var quotas = new Quotas(database);
        var blobs =
                new BlobStore(
                        folder,
                        database,
                        registry,
                        quotas,
                        settings.clock(),
                        settings.limits().blobBytes());
        return new Control(
                folder,
                database,
                registry,
                blobs,
                quotas,
                feeds,
                launcher,
                settings.limits(),
                settings.clock(),
                new SecureRandom(),
                log);
    }

    private static void carryOut(
            Control control,
            EnclaveSupervisor supervisor,
            ComputationId computation,
            Transition.Effect effect) {
        switch (effect) {
            case Transition.OrderEnclave() -> supervisor.order(computation);
            case Transition.StopEnclave(var enclave, var reason) ->
                    supervisor.stop(computation, enclave, reason);
            case Transition.DeleteBlobs(var person) ->
                    control.blobs().deleteAll(computation, person);
        }
    }

    /// Deletes what was to be deleted when an earlier server died between an event and its effect.
    private static void finishDeletions(Control control) {
        List<ComputationId> ended =
                control.database()
                        .read(handle -> ComputationTable.inStates(handle, List.of("ended")));
        for (ComputationId computation : ended) {
            List<Email> left =
                    control.database().read(handle -> ComputationTable.left(handle, computation));
            left.forEach(person -> control.blobs().deleteAll(computation, person));
            if (control.database()
                    .read(handle -> ComputationTable.isArchived(handle, computation))) {
                Dossier dossier = control.registry().get(computation).state().dossier();
                control.blobs().deleteData(computation, dossier.roster());
            }
        }
    }

    /// What it serves.
    List<Route> routes() {
        return routes;
    }

    /// The port it listens on.
    public int port() {
        return http.port();
    }

    /// Where it is, as seen from this machine.
    public URI uri() {
        String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
        return URI.create(
                (settings.tls().isPresent() ? "https://" : "http://") + host + ":" + port());
    }

    /// Ends event streams, lets running requests finish for a few seconds, stops the enclaves and
    /// says so in events.
    @Override
    public void close() {
        log.info("stopping").write();
        events.stop();
        http.stop();
        supervisor.close();
        database.close();
        closeQuietly(lock);
        log.info("stopped").write();
    }

    private static void closeQuietly(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException _) {
            // The lock ends with the process at the latest.
        }
    }
}
