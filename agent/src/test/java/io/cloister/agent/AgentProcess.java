package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.agent.sandbox.PythonInterpreter;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.attestation.platform.EnclaveBoot;
import io.cloister.attestation.platform.LocalEndpoint;
import io.cloister.attestation.platform.PlatformExchange;
import io.cloister.attestation.testkit.SimulatedVendor;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A real agent as a process, with real Python in a real sandbox, a scripted control plane and a
/// fake vendor's platform.
final class AgentProcess implements AutoCloseable {
    static final Path ROOT = root();

    private final Path folder;
    private final SimulatedVendor vendor = new SimulatedVendor("test");
    private ServerSocketChannel link = open();
    private ServerSocketChannel platform = open();
    private final Path scratch;
    private Process agent = none();
    private List<String> wrapper = List.of();

    private static ServerSocketChannel open() {
        try {
            return ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Process none() {
        try {
            return new ProcessBuilder("true").start();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(folder.resolve("agent/python/supervise.py"))) {
            folder = Objects.requireNonNull(folder.getParent());
        }
        return folder;
    }

    AgentProcess(Path folder) throws IOException {
        this.folder = folder;
        this.scratch = Files.createTempDirectory("ca");
        link.bind(UnixDomainSocketAddress.of(folder.resolve("l")));
        platform.bind(UnixDomainSocketAddress.of(folder.resolve("p")));
        Thread.ofPlatform().daemon().start(this::answerEvidence);
    }

    @Override
    public void close() throws IOException {
        agent.destroyForcibly().onExit().join();
        link.close();
        platform.close();
    }

    Process process() {
        return agent;
    }

    /// Has a program of Python's start the agent, whose command is its arguments.
    AgentProcess under(String program) throws InterruptedException {
        wrapper = List.of(python().path().toString(), "-c", program);
        return this;
    }

    /// Its folder for sockets and nothing else.
    Path scratch() {
        return scratch;
    }

    private void answerEvidence() {
        try (SocketChannel asking = platform.accept()) {
            byte[] request =
                    Channels.newInputStream(asking)
                            .readNBytes(
                                    LocalEndpoint.TOKEN_LENGTH
                                            + PlatformExchange.REPORT_DATA_LENGTH);
            Bytes reportData =
                    Bytes.copyOf(
                            Arrays.copyOfRange(
                                    request, LocalEndpoint.TOKEN_LENGTH, request.length));
            var measurement =
                    new Measurement(
                            Sha256.of(Bytes.utf8("agent")),
                            Sha256.of(Bytes.utf8("python")),
                            Sha256.of(Bytes.utf8("lock")));
            PlatformExchange.answer(
                    Channels.newOutputStream(asking),
                    vendor.bundle(measurement, reportData, Instant.now()).canonical());
        } catch (IOException _) {
            // The agent says so.
        }
    }

    private static PythonInterpreter python() throws InterruptedException {
        try {
            return PythonInterpreter.find(System.getenv().getOrDefault("PATH", ""));
        } catch (SandboxException e) {
            return Assumptions.abort(String.valueOf(e.getMessage()));
        }
    }

    /// `computation` on the runtime that its agent is started with.
    static TestComputation onTheBareRuntime(TestComputation computation) throws IOException {
        Path lock = ROOT.resolve("runtimes/bare/requirements.lock");
        return computation.runtime(Sha256.of(Files.readAllBytes(lock)));
    }

    /// Starts the agent for `computation` and takes its link.
    ScriptedPlane start(TestComputation computation) throws Exception {
        return start(computation, List.of("-XX:+DisableAttachMechanism"), Main.class.getName());
    }

    ScriptedPlane start(TestComputation computation, List<String> options, String mainClass)
            throws Exception {
        return start(
                computation,
                Dialect.CLOISTER,
                computation.agreement().digest(),
                options,
                mainClass,
                _ -> {});
    }

    /// Starts the agent for a computation of the Cosmian dialect.
    ScriptedPlane startCosmian(CosmianComputation computation) throws Exception {
        return start(
                computation.base,
                Dialect.COSMIAN,
                computation.agreement().digest(),
                List.of("-XX:+DisableAttachMechanism"),
                Main.class.getName(),
                plane -> {
                    plane.serveJob(computation.job());
                    plane.store(computation.blobs);
                });
    }

    private ScriptedPlane start(
            TestComputation computation,
            Dialect dialect,
            Sha256 agreement,
            List<String> options,
            String mainClass,
            Consumer<ScriptedPlane> setUp)
            throws Exception {
        Path runtime = Files.createDirectories(folder.resolve("runtime"));
        Files.copy(
                ROOT.resolve("runtimes/bare/requirements.lock"),
                runtime.resolve("requirements.lock"));
        Files.createDirectories(runtime.resolve("wheels"));
        Files.createDirectories(runtime.resolve("site-packages"));
        Bytes token = TestComputation.random(LocalEndpoint.TOKEN_LENGTH);
        var boot =
                new EnclaveBoot(
                        "0".repeat(32),
                        computation.computation,
                        dialect,
                        agreement,
                        new LocalEndpoint(folder.resolve("l"), token),
                        Optional.of(new LocalEndpoint(folder.resolve("p"), token)),
                        python().path(),
                        ROOT.resolve("agent/python"),
                        runtime,
                        scratch);
        tell(boot.line(), options, mainClass);
        SocketChannel channel = link.accept();
        ByteBuffer came = ByteBuffer.allocate(LocalEndpoint.TOKEN_LENGTH);
        while (came.hasRemaining() && channel.read(came) >= 0) {
            // The token comes first.
        }
        assertEquals(token, Bytes.copyOf(came.array()));
        return ScriptedPlane.over(computation, channel, setUp);
    }

    /// Starts the agent and says `line` to it.
    Process tell(String line, List<String> options, String mainClass) throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(command(options, mainClass));
        agent = new ProcessBuilder(command).redirectError(folder.resolve("log").toFile()).start();
        OutputStream input = agent.getOutputStream();
        input.write(line.getBytes(StandardCharsets.UTF_8));
        input.flush();
        return agent;
    }

    static List<String> command(List<String> options, String mainClass) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx128m",
                        "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        return command;
    }

    String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }

    EnclaveIdentity identity(ScriptedPlane plane) throws Exception {
        return published(plane.identities);
    }

    /// Waits until an identity is published.
    <T> T published(BlockingQueue<T> identities) throws Exception {
        while (identities.isEmpty() && agent.isAlive()) {
            T identity = identities.poll(1, TimeUnit.SECONDS);
            if (identity != null) {
                return identity;
            }
        }
        if (identities.isEmpty()) {
            Assumptions.assumeFalse(log().contains("can't isolate a run"), log());
            throw new AssertionError(log());
        }
        return identities.take();
    }

    static void grant(ScriptedPlane plane, EnclaveIdentity identity) throws Exception {
        TestComputation computation = plane.computation;
        for (Email person : computation.roster.people()) {
            var signed = computation.signed(computation.grant(person, identity.digest()));
            plane.store(computation.blobs);
            plane.hand(
                    "grant",
                    SealedEnvelopes.seal(signed, Recipient.of(identity.recipient(), "recipient")));
        }
    }
}
