package io.cloister.e2e.stage;

import io.cloister.attestation.measurement.EnclaveImage;
import io.cloister.client.server.Endpoint;
import io.cloister.client.server.ServerUrl;
import io.cloister.e2e.operator.HostileProxy;
import io.cloister.launcher.Launcher;
import io.cloister.launcher.process.ProcessLauncher;
import io.cloister.launcher.process.ProcessLauncherSettings;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.protocol.Email;
import io.cloister.server.Accounts;
import io.cloister.server.CloisterServer;
import io.cloister.server.ServerSettings;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/// An operator's whole installation in one folder: control plane, launcher, simulated platform, and
/// in front of it the proxy through which an operator may misbehave.
public final class Site implements AutoCloseable {
    private final Path folder;
    private final Launcher launcher;
    private final CloisterServer server;
    private final HostileProxy proxy;
    private final ByteArrayOutputStream log;
    private final List<Cast> casts = new CopyOnWriteArrayList<>();

    private Site(
            Path folder,
            Launcher launcher,
            CloisterServer server,
            HostileProxy proxy,
            ByteArrayOutputStream log) {
        this.folder = folder;
        this.launcher = launcher;
        this.server = server;
        this.proxy = proxy;
        this.log = log;
    }

    /// An honest installation in `folder` that offers `runtimes`.
    public static Site open(Path folder, List<BuiltRuntime> runtimes) throws Exception {
        return open(folder, Checkout.image(), runtimes, UnaryOperator.identity());
    }

    /// An honest installation in `folder` whose server is set as `settings` says.
    public static Site open(
            Path folder, List<BuiltRuntime> runtimes, UnaryOperator<ServerSettings> settings)
            throws Exception {
        return open(folder, Checkout.image(), runtimes, UnaryOperator.identity(), settings);
    }

    /// An installation in `folder` that starts enclaves from `image`, with a launcher the operator
    /// may have tampered with.
    public static Site open(
            Path folder,
            EnclaveImage image,
            List<BuiltRuntime> runtimes,
            UnaryOperator<Launcher> tampered)
            throws Exception {
        return open(folder, image, runtimes, tampered, UnaryOperator.identity());
    }

    private static Site open(
            Path folder,
            EnclaveImage image,
            List<BuiltRuntime> runtimes,
            UnaryOperator<Launcher> tampered,
            UnaryOperator<ServerSettings> set)
            throws Exception {
        Files.createDirectories(folder);
        Launcher launcher =
                tampered.apply(
                        ProcessLauncher.open(
                                ProcessLauncherSettings.of(
                                        folder.resolve("launcher"), image, runtimes),
                                System.getenv(),
                                new SecureRandom(),
                                Clock.systemUTC()));
        var log = new ByteArrayOutputStream();
        var settings =
                ServerSettings.of(folder.resolve("server"))
                        .withLog(new PrintStream(log, true, StandardCharsets.UTF_8));
        CloisterServer server = CloisterServer.start(set.apply(settings), launcher);
        HostileProxy proxy = HostileProxy.before(URI.create("http://127.0.0.1:" + server.port()));
        return new Site(folder, launcher, server, proxy, log);
    }

    /// Everything the operator stores.
    public Path folder() {
        return folder;
    }

    /// Where clients are told the server is.
    public Endpoint endpoint() throws Exception {
        return Endpoint.of(ServerUrl.parse(proxy.uri().toString(), "server"));
    }

    /// Where the server itself is.
    public URI server() {
        return server.uri();
    }

    /// The operator's place on the wire.
    public HostileProxy proxy() {
        return proxy;
    }

    /// The launcher in use.
    public Launcher launcher() {
        return launcher;
    }

    /// What the server logged so far.
    public String log() {
        return log.toString(StandardCharsets.UTF_8);
    }

    /// A fresh token for a person's account, which is made if there is none yet.
    public String account(Email email) throws Exception {
        return account(email, Duration.ofDays(1));
    }

    /// As above, with a token that opens for `life`.
    public String account(Email email, Duration life) throws Exception {
        try (var accounts =
                Accounts.open(folder.resolve("server"), new SecureRandom(), Clock.systemUTC())) {
            if (accounts.list().stream().noneMatch(account -> account.email().equals(email))) {
                accounts.add(email, Accounts.Quota.DEFAULT);
            }
            return accounts.newToken(email, life);
        }
    }

    /// From now on the operator must not have anything of `cast` in clear.
    void keepsSecret(Cast cast) {
        casts.add(cast);
    }

    /// Searches all that the operator stores and logged for every secret of every cast so far.
    ///
    /// @throws AssertionError naming the file, if one is found
    public void assertNothingInClear() throws Exception {
        Set<String> secrets = new LinkedHashSet<>();
        for (Cast cast : casts) {
            secrets.addAll(cast.secrets());
        }
        List<String> found = new ArrayList<>(Traces.of(List.copyOf(secrets), folder));
        new Markers(secrets).in(log()).stream().map("the log: "::concat).forEach(found::add);
        if (!found.isEmpty()) {
            throw new AssertionError("the operator has in clear " + found);
        }
    }

    /// Ends everything, then searches what is left: no test that opens a site can do without.
    @Override
    public void close() {
        proxy.close();
        server.close();
        launcher.close();
        try {
            assertNothingInClear();
        } catch (Exception e) {
            throw new AssertionError("the search for what is in clear failed", e);
        }
    }
}
