package io.cloister.agent;

import static io.cloister.agent.TestComputation.ANNA;
import static io.cloister.agent.TestComputation.CARL;
import static io.cloister.agent.TestComputation.CODE;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.agent.sandbox.PythonInterpreter;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.attestation.platform.EnclaveBoot;
import io.cloister.attestation.platform.LocalEndpoint;
import io.cloister.attestation.platform.PlatformExchange;
import io.cloister.attestation.testkit.SimulatedVendor;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Signed;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The agent as the program it is: started as a process, with real Python in a real sandbox, a
/// scripted control plane and a fake vendor's platform.
class AgentProcessTest {
    private static final Path ROOT = root();

    @TempDir private Path folder;

    private final SimulatedVendor vendor = new SimulatedVendor("test");
    private ServerSocketChannel link = open();
    private ServerSocketChannel platform = open();
    private Process agent = none();

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

    @BeforeEach
    void listen() throws IOException {
        link.bind(UnixDomainSocketAddress.of(folder.resolve("l")));
        platform.bind(UnixDomainSocketAddress.of(folder.resolve("p")));
        Thread.ofPlatform().daemon().start(this::answerEvidence);
    }

    @AfterEach
    void end() throws Exception {
        agent.destroyForcibly();
        assertTrue(agent.waitFor(30, TimeUnit.SECONDS));
        link.close();
        platform.close();
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

    private TestComputation computation() throws IOException {
        return new TestComputation()
                .runtime(
                        Sha256.of(
                                Files.readAllBytes(
                                        ROOT.resolve("runtimes/bare/requirements.lock"))))
                .clear(
                        "run.py",
                        """
                        from cloister import Enclave

                        def main() -> int:
                            with Enclave() as enclave:
                                import secret_sum
                                enclave.write(secret_sum.join(enclave.read()))
                            return 0

                        if __name__ == "__main__":
                            main()
                        """)
                .secret(
                        "secret_sum.py",
                        "def join(inputs):\n    return b'+'.join(one.read() for one in inputs)\n");
    }

    /// Starts the agent for `computation` and takes its link.
    private ScriptedPlane start(TestComputation computation) throws Exception {
        Path runtime = Files.createDirectories(folder.resolve("runtime"));
        Files.copy(
                ROOT.resolve("runtimes/bare/requirements.lock"),
                runtime.resolve("requirements.lock"));
        Files.createDirectories(runtime.resolve("wheels"));
        Files.createDirectories(runtime.resolve("site-packages"));
        Path scratch = Files.createTempDirectory("ca");
        Bytes token = TestComputation.random(LocalEndpoint.TOKEN_LENGTH);
        var boot =
                new EnclaveBoot(
                        "0".repeat(32),
                        computation.computation,
                        computation.agreement().digest(),
                        new LocalEndpoint(folder.resolve("l"), token),
                        new LocalEndpoint(folder.resolve("p"), token),
                        python().path(),
                        ROOT.resolve("agent/python"),
                        runtime,
                        scratch);
        agent =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx128m",
                                "-XX:+DisableAttachMechanism",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName())
                        .redirectError(folder.resolve("log").toFile())
                        .start();
        OutputStream input = agent.getOutputStream();
        input.write(boot.line().getBytes(StandardCharsets.UTF_8));
        input.flush();
        SocketChannel channel = link.accept();
        ByteBuffer came = ByteBuffer.allocate(LocalEndpoint.TOKEN_LENGTH);
        while (came.hasRemaining() && channel.read(came) >= 0) {
            // The token comes first.
        }
        assertEquals(token, Bytes.copyOf(came.array()));
        return ScriptedPlane.over(computation, channel);
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }

    private EnclaveIdentity identity(ScriptedPlane plane) throws Exception {
        while (plane.identities.isEmpty() && agent.isAlive()) {
            EnclaveIdentity identity = plane.identities.poll(1, TimeUnit.SECONDS);
            if (identity != null) {
                return identity;
            }
        }
        if (plane.identities.isEmpty()) {
            Assumptions.assumeFalse(log().contains("can't isolate a run"), log());
            throw new AssertionError(log());
        }
        return plane.identities.take();
    }

    private static void grant(ScriptedPlane plane, EnclaveIdentity identity) throws Exception {
        TestComputation computation = plane.computation;
        for (Email person : computation.roster.people()) {
            var signed = computation.signed(computation.grant(person, identity.digest()));
            plane.store(computation.blobs);
            plane.hand(
                    "grant",
                    SealedEnvelopes.seal(signed, Recipient.of(identity.recipient(), "recipient")));
        }
    }

    @Test
    void runsSecretCodeOnSecretData() throws Exception {
        try (ScriptedPlane plane = start(computation())) {
            EnclaveIdentity identity = identity(plane);
            grant(plane, identity);
            ScriptedPlane.Finish finish = ScriptedPlane.soon(plane.finished);
            Receipt receipt =
                    Signed.verify(finish.receipt(), Receipt.TYPE, identity.signingKey()).document();
            assertEquals(Outcome.SUCCESS, receipt.report().outcome(), receipt.report().toString());
            assertEquals("data of anna@example.org+data of ben@example.org", result(plane, finish));
            assertEquals(
                    "exhausted: every run that was granted is done",
                    ScriptedPlane.soon(plane.ended));
            assertTrue(agent.waitFor(30, TimeUnit.SECONDS));
            assertEquals(0, agent.exitValue(), log());
        }
    }

    private static String result(ScriptedPlane plane, ScriptedPlane.Finish finish)
            throws Exception {
        var place = new ScriptedPlane.Place(CARL, Receipt.Kind.RESULT, 0);
        Bytes file =
                Bytes.concat(
                        Objects.requireNonNull(finish.headers().get(place)),
                        plane.body(place).orElseThrow());
        byte[] padded =
                Opening.with(plane.computation.receiving(CARL))
                        .open(file, 1 << 20)
                        .expose(SecretExposure.acknowledged());
        return new String(padded, StandardCharsets.UTF_8).replace("\0", "");
    }

    @Test
    void logsAndArgumentsHoldNoKeyAndNoData() throws Exception {
        try (ScriptedPlane plane = start(computation())) {
            grant(plane, identity(plane));
            ScriptedPlane.soon(plane.finished);
            String visible = log() + agent.info().arguments().map(List::of).orElse(List.of());
            String key =
                    new String(
                            plane.computation
                                    .encrypting(CODE)
                                    .text(SecretExposure.acknowledged())
                                    .expose(SecretExposure.acknowledged()),
                            StandardCharsets.US_ASCII);
            assertFalse(visible.contains(key));
            assertFalse(visible.contains("data of"));
        }
    }

    @Test
    void refusesInputsThatAreMoreThanTheAgreedMemory() throws Exception {
        TestComputation computation = computation().terms(terms -> memory(terms, 64L << 20));
        try (ScriptedPlane plane = start(computation)) {
            EnclaveIdentity identity = identity(plane);
            // An eighth of the memory is for files the code makes.
            var file = computation.input(ANNA, "large", Bytes.copyOf(new byte[57 << 20]));
            var list = computation.list(ANNA, identity.digest(), 1, file);
            for (Email person : computation.roster.people()) {
                var grant =
                        person.equals(ANNA)
                                ? computation.grant(
                                        ANNA,
                                        identity.digest(),
                                        Optional.of(computation.signed(list)))
                                : computation.grant(person, identity.digest());
                plane.store(computation.blobs);
                plane.hand(
                        "grant",
                        SealedEnvelopes.seal(
                                computation.signed(grant),
                                Recipient.of(identity.recipient(), "recipient")));
            }
            assertEquals(
                    "refused: inputs.memory of code@example.org: code and inputs are more than the"
                            + " agreed memory holds, or more than 10,000 files",
                    ScriptedPlane.soon(plane.ended));
            assertTrue(plane.started.isEmpty());
        }
    }

    private static Terms memory(Terms terms, long bytes) {
        return new Terms(
                terms.runs(),
                terms.notAfter(),
                terms.cores(),
                terms.cpuSeconds(),
                bytes,
                terms.processes(),
                terms.wallSeconds(),
                terms.outputBytes(),
                terms.isolation(),
                terms.inputMode(),
                terms.dataMayChange(),
                terms.outputReaders(),
                terms.tracebackReaders());
    }

    @Test
    void leavesWithItsLauncher() throws Exception {
        try (ScriptedPlane plane = start(computation())) {
            identity(plane);
            agent.getOutputStream().close();
            assertTrue(agent.waitFor(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void leavesWithItsLink() throws Exception {
        try (ScriptedPlane plane = start(computation())) {
            identity(plane);
            plane.breakLink();
            assertTrue(agent.waitFor(30, TimeUnit.SECONDS));
            assertEquals(1, agent.exitValue());
        }
    }

    @Test
    void refusesNonsense() throws Exception {
        agent =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName())
                        .redirectError(folder.resolve("log").toFile())
                        .start();
        agent.getOutputStream().write("{}\n".getBytes(StandardCharsets.UTF_8));
        agent.getOutputStream().flush();
        assertTrue(agent.waitFor(Duration.ofSeconds(30)));
        assertEquals(2, agent.exitValue());
        assertTrue(log().startsWith("cloister-agent: boot line: "), log());
    }
}
