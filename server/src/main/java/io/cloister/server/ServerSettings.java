package io.cloister.server;

import java.io.PrintStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// How a control plane runs. Made from [#of] and changed by the `with` methods; immutable.
///
/// @param data folder that holds everything the server keeps; made if absent, for one server at a
///   time
/// @param host address to listen on
/// @param port port to listen on, 0 to 65,535; 0 picks a free one
/// @param tls certificate and key, if the server speaks TLS itself
/// @param behindProxy whether a proxy in front does TLS, so that listening beyond loopback in clear
///   is meant
/// @param log where the log goes, one JSON object a line
/// @param clock the operator's clock
/// @param limits bounds and times
/// @param cosmian how the Cosmian dialect is spoken, if it is
public record ServerSettings(
        Path data,
        String host,
        int port,
        Optional<Tls> tls,
        boolean behindProxy,
        PrintStream log,
        Clock clock,
        Limits limits,
        Optional<Cosmian> cosmian) {
    public ServerSettings {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("a port is 0 to 65535, not " + port);
        }
    }

    /// The Cosmian dialect, whose client says neither on what runtime code is to run nor on what
    /// terms.
    ///
    /// @param runtime name of the runtime its computations get; the first on offer if empty
    /// @param gitHosts hosts that code may be fetched from, over https; none, and nothing is
    public record Cosmian(Optional<String> runtime, List<String> gitHosts) {
        private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

        public Cosmian {
            gitHosts = List.copyOf(gitHosts);
            for (String host : gitHosts) {
                if (!isHost(host)) {
                    throw new IllegalArgumentException("not a host's name: " + host);
                }
            }
        }

        /// With the first runtime on offer, and no code from git.
        public static Cosmian usual() {
            return new Cosmian(Optional.empty(), List.of());
        }

        /// Whether `text` is a host's name: lower case, without scheme, port or path.
        public static boolean isHost(String text) {
            if (text.length() > 253) {
                return false;
            }
            for (String label : text.split("\\.", -1)) {
                if (!LABEL.matcher(label).matches()) {
                    return false;
                }
            }
            return true;
        }
    }

    /// Certificate chain and private key, both PEM.
    ///
    /// @param certificates file with the server's certificate first, then its issuers
    /// @param key file with the unencrypted PKCS#8 key
    public record Tls(Path certificates, Path key) {}

    /// Bounds and times.
    ///
    /// @param enclaves enclaves at once, 1 or more; more wait in the queue
    /// @param blobBytes largest ciphertext, 1 or more
    /// @param startLimit from an enclave's start to its published identity; more than nothing, as
    ///   all these times
    /// @param idleLimit how long an enclave may wait while it holds no grant
    /// @param overrunGrace beyond a run's agreed wall-clock time, for opening inputs and sealing
    ///   outputs
    /// @param enrolmentLife of an enrolment token
    /// @param guestLife of the access token it is redeemed for
    /// @param restarts new enclaves in a row after one was lost, before somebody has to ask; 0 or
    ///   more
    public record Limits(
            int enclaves,
            long blobBytes,
            Duration startLimit,
            Duration idleLimit,
            Duration overrunGrace,
            Duration enrolmentLife,
            Duration guestLife,
            int restarts) {
        /// 4 enclaves, 1 TiB a blob, 1 minute to start, 1 hour idle, 10 minutes beyond the agreed
        /// time, 30 days to enrol, 180 days of access, 3 restarts.
        public static final Limits DEFAULT =
                new Limits(
                        4,
                        1L << 40,
                        Duration.ofMinutes(1),
                        Duration.ofHours(1),
                        Duration.ofMinutes(10),
                        Duration.ofDays(30),
                        Duration.ofDays(180),
                        3);

        public Limits {
            if (enclaves < 1 || blobBytes < 1 || restarts < 0) {
                throw new IllegalArgumentException("limits are positive");
            }
            requirePositive("startLimit", startLimit);
            requirePositive("idleLimit", idleLimit);
            requirePositive("overrunGrace", overrunGrace);
            requirePositive("enrolmentLife", enrolmentLife);
            requirePositive("guestLife", guestLife);
        }

        private static void requirePositive(String name, Duration time) {
            if (!time.isPositive()) {
                throw new IllegalArgumentException(name + " is more than nothing, not " + time);
            }
        }
    }

    /// Loopback, a free port, the system's clock, the log to standard error.
    public static ServerSettings of(Path data) {
        return new ServerSettings(
                data,
                "127.0.0.1",
                0,
                Optional.empty(),
                false,
                System.err,
                Clock.systemUTC(),
                Limits.DEFAULT,
                Optional.empty());
    }

    /// Listens elsewhere.
    ///
    /// @param newHost a name or address
    /// @param newPort 0 to 65,535; 0 picks a free one
    /// @throws IllegalArgumentException if there is no such port
    public ServerSettings withAddress(String newHost, int newPort) {
        return new ServerSettings(
                data, newHost, newPort, tls, behindProxy, log, clock, limits, cosmian);
    }

    /// Speaks TLS itself.
    public ServerSettings withTls(Tls newTls) {
        return new ServerSettings(
                data, host, port, Optional.of(newTls), behindProxy, log, clock, limits, cosmian);
    }

    /// Accepts requests in clear from a proxy that does TLS.
    public ServerSettings allowClearBehindProxy() {
        return new ServerSettings(data, host, port, tls, true, log, clock, limits, cosmian);
    }

    /// Logs elsewhere; closing the stream stays the caller's.
    public ServerSettings withLog(PrintStream newLog) {
        return new ServerSettings(
                data, host, port, tls, behindProxy, newLog, clock, limits, cosmian);
    }

    /// Takes the time from elsewhere.
    public ServerSettings withClock(Clock newClock) {
        return new ServerSettings(
                data, host, port, tls, behindProxy, log, newClock, limits, cosmian);
    }

    /// Has other bounds and times.
    public ServerSettings withLimits(Limits newLimits) {
        return new ServerSettings(
                data, host, port, tls, behindProxy, log, clock, newLimits, cosmian);
    }

    /// Speaks the Cosmian dialect, too, in which nothing protects a participant who uses the old
    /// client alone from an active operator.
    public ServerSettings allowCosmianDialect(Cosmian how) {
        return new ServerSettings(
                data, host, port, tls, behindProxy, log, clock, limits, Optional.of(how));
    }

    /// Refuses what would send tokens over a network in clear.
    ///
    /// @throws SetupException if `host` is not loopback and there is neither TLS nor a proxy said
    ///   to be in front
    void requireSafeAddress() throws SetupException {
        if (tls.isPresent() || behindProxy) {
            return;
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (!address.isLoopbackAddress()) {
                    throw new SetupException(
                            "will not listen on "
                                    + host
                                    + " in clear: give a certificate and key, or say --behind-proxy"
                                    + " if a proxy does TLS");
                }
            }
        } catch (UnknownHostException e) {
            throw new SetupException("can't listen on " + host + ": no such address", e);
        }
    }
}
