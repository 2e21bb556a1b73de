package io.cloister.agent;

import io.cloister.agent.evidence.EvidenceSources;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.platform.EnclaveBoot;
import io.cloister.attestation.platform.LocalEndpoint;
import io.cloister.attestation.runtime.RuntimeFolder;
import io.cloister.attestation.runtime.RuntimeVerifier;
import io.cloister.link.Link;
import io.cloister.link.LinkSettings;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;

import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The agent as a program: told on standard input what it is for (spec/enclave-boot.md), it serves
/// that and ends.
///
/// Exit status: 0 when it ended as it should (also when it could not serve the agreement and said
/// so), 1 when the link, the platform or the machine failed, 2 when it was told nonsense. Standard
/// error carries short lines for the operator: never content, keys, or messages of exceptions that
/// could quote either.
public final class Main {
    private static final int FAILED = 1;
    private static final int MISUSED = 2;
    private static final int LAUNCHER_GONE = 3;

    private static final LinkSettings LINK =
            new LinkSettings(
                    2 << 20,
                    LinkSettings.MAX_STREAMS,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(30));

    private Main() {}

    /// Runs the agent.
    ///
    /// @param arguments none
    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            log("usage: no arguments; the boot line comes on standard input");
            System.exit(MISUSED);
        }
        System.exit(run(System.in, new SecureRandom()));
    }

    /// The agent's life, told on `input` what it is for.
    ///
    /// @param random for its keys
    /// @return the exit status
    static int run(InputStream input, SecureRandom random) {
        Thread.setDefaultUncaughtExceptionHandler((_, defect) -> {
            // Whatever thread it was: an agent half there must not keep its keys.
            tell(defect);
            Runtime.getRuntime().halt(FAILED);
        });
        var hardening = Hardening.begin();
        try {
            EnclaveBoot boot = EnclaveBoot.read(input);
            Thread.ofPlatform()
                    .daemon()
                    .name("agent-launcher-watch")
                    .start(() -> leaveWithLauncher(input));
            serve(boot, hardening, random);
            return 0;
        } catch (MalformedException e) {
            log("boot line: " + e.getMessage());
            return MISUSED;
        } catch (IOException e) {
            log("failed: " + Shown.escaped(String.valueOf(e.getMessage()), 300));
            return FAILED;
        } catch (InterruptedException _) {
            return FAILED;
        } catch (RuntimeException | Error e) {
            tell(e);
            return FAILED;
        }
    }

    /// Where, not what: the message could quote what an enclave must not let out.
    private static void tell(Throwable defect) {
        log("a defect: " + defect.getClass().getName());
        for (StackTraceElement frame : defect.getStackTrace()) {
            log("  at " + frame);
        }
    }

    /// Standard input ends when the launcher does; its enclave then ends too.
    private static void leaveWithLauncher(InputStream input) {
        try {
            while (input.read() >= 0) {
                // Nothing more is said.
            }
        } catch (IOException _) {
            // As good as its end.
        }
        Runtime.getRuntime().halt(LAUNCHER_GONE);
    }

    private static void serve(EnclaveBoot boot, Hardening hardening, SecureRandom random)
            throws IOException, InterruptedException {
        Instant startedAt = Clock.systemUTC().instant();
        var clock = new EnclaveClock(Clock.systemUTC(), System::nanoTime);
        try (SocketChannel channel = connect(boot.link());
                Link link =
                        Link.connect(
                                Channels.newInputStream(channel),
                                Channels.newOutputStream(channel),
                                random,
                                LINK)) {
            // Before there is anything that others must not see.
            hardening.complete();
            var plane = new ControlPlane(link);
            Optional<AgentStop> stop = serve(boot, plane, clock, startedAt, random);
            if (stop.isPresent()) {
                log(stop.get().reason().word() + ": " + Shown.escaped(stop.get().detail(), 500));
                plane.end(stop.get());
            }
        }
    }

    private static Optional<AgentStop> serve(
            EnclaveBoot boot,
            ControlPlane plane,
            EnclaveClock clock,
            Instant startedAt,
            SecureRandom random)
            throws IOException, InterruptedException {
        var folder = new RuntimeFolder(boot.runtime());
        var cells = new Cells(boot.python(), boot.pythonPackage(), boot.scratch());
        var preparation =
                new Preparation(
                        plane,
                        EvidenceSources.choose(boot.platform(), random),
                        agreed -> RuntimeVerifier.verify(folder, agreed),
                        cells,
                        random);
        Preparation.Prepared prepared;
        try {
            prepared = preparation.prepare(boot.dialect(), boot.agreement(), startedAt);
        } catch (AgentStop stop) {
            return Optional.of(stop);
        }
        log(
                "identity "
                        + prepared.enclave().identity().digest()
                        + " is published"
                        + (prepared.enclave().evidence().evidence().kind().isHardware()
                                ? ""
                                : "; " + SimulatedEvidence.WARNING));
        return new Agent(plane, prepared, clock, Main::log).serve();
    }

    private static SocketChannel connect(LocalEndpoint endpoint) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(endpoint.socket()));
            ByteBuffer token = ByteBuffer.wrap(endpoint.token().toArray());
            while (token.hasRemaining()) {
                channel.write(token);
            }
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void log(String line) {
        System.err.println("cloister-agent: " + line);
    }
}
