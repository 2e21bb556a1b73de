package io.cloister.launcher.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.appraisal.AttestationCheck;
import io.cloister.attestation.appraisal.AttestationResult.Affirmed;
import io.cloister.attestation.appraisal.Expectation;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.measurement.EnclaveImage;
import io.cloister.attestation.runtime.RuntimeFolder;
import io.cloister.launcher.EnclaveExit.Cause;
import io.cloister.launcher.EnclaveHandle;
import io.cloister.launcher.EnclaveId;
import io.cloister.launcher.EnclaveOrder;
import io.cloister.launcher.LaunchException;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.launcher.runtime.PythonInterpreter;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.RuntimeRef;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

class ProcessLauncherTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final RuntimeRef RUNTIME = new RuntimeRef("bare", Sha256.of(Bytes.utf8("lock")));

    @TempDir Path temporary;

    private EnclaveImage image;
    private ProcessLauncher launcher;

    @BeforeEach
    void open() throws IOException {
        image = TestImage.make(temporary.resolve("image"));
        launcher = launcher(DEADLINE);
    }

    @AfterEach
    void close() {
        launcher.close();
    }

    private ProcessLauncher launcher(Duration startLimit) throws IOException {
        var python =
                new PythonInterpreter(Path.of("/usr/bin/python3"), 3, 11, "cpython-311", false);
        var runtime =
                new BuiltRuntime(RUNTIME, new RuntimeFolder(temporary.resolve("runtime")), python);
        var settings =
                new ProcessLauncherSettings(
                        temporary.resolve("state"),
                        image,
                        FakeAgent.class.getName(),
                        List.of(runtime),
                        32,
                        startLimit);
        return ProcessLauncher.open(
                settings,
                Map.of("SECRET", "hunter2", "OPENBLAS_CORETYPE", "Haswell"),
                new SecureRandom(),
                Clock.systemUTC());
    }

    private static EnclaveOrder order(int behaviour) {
        byte[] computation = new byte[ComputationId.LENGTH];
        computation[ComputationId.LENGTH - 1] = (byte) behaviour;
        return new EnclaveOrder(
                EnclaveId.random(new SecureRandom()),
                new ComputationId(Bytes.copyOf(computation)),
                Dialect.CLOISTER,
                Sha256.of(Bytes.utf8("agreement")),
                RUNTIME.digest());
    }

    @Test
    void startsAnEnclaveWhoseEvidenceIsOfWhatWasStarted() throws Exception {
        EnclaveHandle enclave = launcher.start(order(FakeAgent.ECHO));
        var link = new DataInputStream(enclave.fromAgent());
        Bytes bundle = Bytes.copyOf(link.readNBytes(link.readInt()));

        byte[] reportData = new byte[64];
        Arrays.fill(reportData, (byte) 7);
        var policy =
                SimulatedPolicy.pinned(
                        launcher.platformRoot(),
                        List.of(new ReferenceValue("built here", image.measure(RUNTIME.digest()))));
        var result =
                AttestationCheck.check(
                        bundle,
                        policy,
                        new Expectation(Bytes.copyOf(reportData)),
                        Clock.systemUTC().instant());

        assertInstanceOf(Affirmed.class, result, () -> result.toJson().text());
    }

    @Test
    void linkCarriesBytesBothWays() throws Exception {
        EnclaveHandle enclave = launcher.start(order(FakeAgent.ECHO));
        var link = afterGreeting(enclave);
        enclave.toAgent().write("hello".getBytes(StandardCharsets.UTF_8));

        assertEquals("hello", new String(link.readNBytes(5), StandardCharsets.UTF_8));
        assertTrue(enclave.isAlive());
    }

    @Test
    void agentGetsNoEnvironmentAndNoSecretOnItsCommandLine() throws Exception {
        EnclaveHandle enclave = launcher.start(order(FakeAgent.ECHO));
        var link = new DataInputStream(enclave.fromAgent());
        link.readNBytes(link.readInt());
        List<String> names = link.readUTF().lines().toList();
        String commandLine = link.readUTF();

        assertTrue(
                List.of("PATH", "LANG", "OPENBLAS_CORETYPE", "PWD", "SHLVL", "_", "OLDPWD")
                        .containsAll(names),
                () -> names.toString());
        assertFalse(commandLine.matches("(?s).*[0-9a-f]{64}.*"), commandLine);
        assertTrue(commandLine.endsWith("[]"), commandLine);
    }

    @Test
    void endOfTheLinkEndsTheEnclaveAndRemovesItsFolder() throws Exception {
        EnclaveHandle enclave = launcher.start(order(FakeAgent.ECHO));
        enclave.stop(DEADLINE);

        assertFalse(enclave.isAlive());
        assertEquals(Cause.STOPPED, enclave.exit().orElseThrow().cause());
        assertEquals(List.of(), runFolders());
    }

    @Test
    void killsAStubbornAgentWithItsChildren() throws Exception {
        EnclaveHandle enclave = launcher.start(order(FakeAgent.STUBBORN));
        long child = new DataInputStream(enclave.fromAgent()).readLong();
        assertTrue(isRunning(child));
        enclave.stop(Duration.ofMillis(200));

        assertEquals(Cause.STOPPED, enclave.exit().orElseThrow().cause());
        await(() -> !isRunning(child));
        assertThrows(
                IOException.class,
                () -> {
                    enclave.toAgent().write(new byte[1 << 20]);
                    enclave.toAgent().write(new byte[1 << 20]);
                });
    }

    @Test
    void reportsAnAgentThatEndsAtOnceWithTheEndOfItsLog() throws Exception {
        var refused =
                assertThrows(LaunchException.class, () -> launcher.start(order(FakeAgent.LEAVE)));

        assertSays("exit status 3", refused);
        assertSays("leaving with a \\u{1b}[31mred", refused);
        assertEquals(List.of(), runFolders());
    }

    @Test
    void givesUpOnAnAgentThatNeverConnects() throws Exception {
        launcher.close();
        launcher = launcher(Duration.ofSeconds(2));
        var refused =
                assertThrows(LaunchException.class, () -> launcher.start(order(FakeAgent.SILENT)));

        assertSays("did not connect within 2 seconds", refused);
        assertEquals(List.of(), runFolders());
    }

    @Test
    void refusesAConnectionWithoutTheToken() throws Exception {
        var refused =
                assertThrows(
                        LaunchException.class, () -> launcher.start(order(FakeAgent.WRONG_TOKEN)));

        assertSays("exit status 4", refused);
    }

    @Test
    void refusesARuntimeItDoesNotOffer() {
        var order = order(FakeAgent.ECHO);
        var other =
                new EnclaveOrder(
                        order.enclave(),
                        order.computation(),
                        order.dialect(),
                        order.agreement(),
                        Sha256.of(Bytes.utf8("other lock")));

        assertThrows(LaunchException.class, () -> launcher.start(other));
    }

    @Test
    void closingKillsEveryEnclave() throws Exception {
        EnclaveHandle one = launcher.start(order(FakeAgent.STUBBORN));
        EnclaveHandle other = launcher.start(order(FakeAgent.ECHO));
        launcher.close();

        assertFalse(one.isAlive());
        assertFalse(other.isAlive());
        assertThrows(LaunchException.class, () -> launcher.start(order(FakeAgent.ECHO)));
    }

    @Test
    void saysWhenAnEnclaveWasKilledByOthers() throws Exception {
        EnclaveHandle enclave = launcher.start(order(FakeAgent.STUBBORN));
        long child = new DataInputStream(enclave.fromAgent()).readLong();
        ProcessHandle.of(child).orElseThrow().parent().orElseThrow().destroyForcibly();
        var exit = enclave.onExit().toCompletableFuture().get(30, TimeUnit.SECONDS);

        assertEquals(Cause.FAILED, exit.cause());
        await(() -> !isRunning(child));
    }

    @Test
    void killsWhatAnAgentThatEndsByItselfLeavesBehind() throws Exception {
        EnclaveHandle enclave = launcher.start(order(FakeAgent.LEAVE_A_CHILD));
        long child = new DataInputStream(enclave.fromAgent()).readLong();
        assertTrue(isRunning(child));
        enclave.toAgent().write(1);
        var exit = enclave.onExit().toCompletableFuture().get(30, TimeUnit.SECONDS);

        assertEquals(Cause.ENDED, exit.cause(), exit.detail());
        await(() -> !isRunning(child));
        assertEquals(List.of(), runFolders());
    }

    @Test
    void endsAnAgentWhoseKeeperWasKilled() throws Exception {
        EnclaveHandle enclave = launcher.start(order(FakeAgent.ECHO));
        afterGreeting(enclave);
        ProcessHandle keeper =
                ProcessHandle.current()
                        .children()
                        .filter(one -> one.children().findAny().isPresent())
                        .findFirst()
                        .orElseThrow();
        long agent = keeper.children().findFirst().orElseThrow().pid();
        keeper.destroyForcibly();
        var exit = enclave.onExit().toCompletableFuture().get(30, TimeUnit.SECONDS);

        assertEquals(Cause.FAILED, exit.cause(), exit.detail());
        assertTrue(exit.detail().startsWith("exit status 137;"), exit.detail());
        await(() -> !isRunning(agent));
    }

    @Test
    void keepsTheAgentsMemoryFromFilesAndDebuggers() throws Exception {
        EnclaveHandle enclave = launcher.start(order(FakeAgent.ECHO));
        var link = new DataInputStream(enclave.fromAgent());
        link.readNBytes(link.readInt());
        link.readUTF();
        String commandLine = link.readUTF();

        for (String option :
                List.of(
                        "-XX:+DisableAttachMechanism",
                        "-XX:-UsePerfData",
                        "-XX:-HeapDumpOnOutOfMemoryError",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=/dev/null",
                        "-XX:+ExitOnOutOfMemoryError")) {
            assertTrue(commandLine.contains(option + "\0"), commandLine);
        }
        assertTrue(link.readUTF().contains("Max core file size        0                    0"));
    }

    @Test
    void killsWhatAnEarlierLauncherLeftBehind() throws Exception {
        Process orphan = new ProcessBuilder("setsid", "/bin/sleep", "3600").start();
        Path folder = Files.createDirectories(temporary.resolve("state/run/abcdef"));
        ProcessTree.note(orphan.toHandle(), folder.resolve(ProcessEnclave.PID));
        launcher.close();
        launcher = launcher(DEADLINE);

        assertTrue(orphan.waitFor(30, TimeUnit.SECONDS));
        assertEquals(List.of(), runFolders());
    }

    @Test
    void aSecondLauncherIsRefusedAndTheFirstOnesEnclaveLives() throws Exception {
        EnclaveHandle enclave = launcher.start(order(FakeAgent.ECHO));
        var link = afterGreeting(enclave);

        var refused = assertThrows(IOException.class, () -> launcher(DEADLINE));

        assertSays("another launcher uses", refused);
        enclave.toAgent().write('x');
        enclave.toAgent().flush();
        assertEquals('x', link.read());
    }

    @Test
    void leavesAProcessAloneThatGotAnOrphansNumber() throws Exception {
        Process stranger = new ProcessBuilder("/bin/sleep", "3600").start();
        try {
            Path folder = Files.createDirectories(temporary.resolve("state/run/abcdef"));
            ProcessTree.note(stranger.toHandle(), folder.resolve(ProcessEnclave.PID));
            String noted = Files.readString(folder.resolve(ProcessEnclave.PID));
            Files.writeString(
                    folder.resolve(ProcessEnclave.PID), noted.replaceFirst(" [0-9]+ ", " 12345 "));
            launcher.close();
            launcher = launcher(DEADLINE);

            assertTrue(stranger.isAlive());
            assertEquals(List.of(), runFolders());
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void keepsItsRootAcrossRestartsInFilesOnlyItsUserCanRead() throws Exception {
        var root = launcher.platformRoot();
        launcher.close();
        launcher = launcher(DEADLINE);

        assertEquals(root, launcher.platformRoot());
        Path platform = temporary.resolve("state/platform");
        assertEquals(
                "rwx------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(platform)));
        try (var files = Files.list(platform)) {
            for (Path file : files.toList()) {
                assertEquals(
                        "rw-------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }
        }
    }

    @Test
    void refusesAFolderOpenToOthers() throws Exception {
        launcher.close();
        Files.setPosixFilePermissions(
                temporary.resolve("state"), PosixFilePermissions.fromString("rwxr-xr-x"));

        var refused = assertThrows(IOException.class, () -> launcher(DEADLINE));
        assertSays("0700", refused);
    }

    @Test
    void refusesADamagedPlatformKey() throws Exception {
        launcher.close();
        Path key = temporary.resolve("state/platform/root.pkcs8");
        byte[] content = Files.readAllBytes(key);
        content[content.length - 1] ^= 1;
        Files.write(key, content);

        var refused = assertThrows(IOException.class, () -> launcher(DEADLINE));
        assertSays("damaged", refused);
    }

    @Test
    void evidenceOfAChangedImageIsAnotherMeasurement() throws Exception {
        Files.writeString(image.python().resolve("supervise.py"), "import os\n");
        EnclaveHandle enclave = launcher.start(order(FakeAgent.ECHO));
        Files.writeString(image.python().resolve("supervise.py"), "pass\n");
        var link = new DataInputStream(enclave.fromAgent());
        Bytes bundle = Bytes.copyOf(link.readNBytes(link.readInt()));
        byte[] reportData = new byte[64];
        Arrays.fill(reportData, (byte) 7);
        var policy =
                SimulatedPolicy.pinned(
                        launcher.platformRoot(),
                        List.of(new ReferenceValue("built here", image.measure(RUNTIME.digest()))));
        var result =
                AttestationCheck.check(
                        bundle,
                        policy,
                        new Expectation(Bytes.copyOf(reportData)),
                        Clock.systemUTC().instant());

        assertEquals("measurement", result.reasons().getFirst().code().code());
        assertTrue(result.reasons().getFirst().sentence().contains("differs in python"));
    }

    private static void assertSays(String expected, Exception refused) {
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains(expected), message);
    }

    private static DataInputStream afterGreeting(EnclaveHandle enclave) throws IOException {
        var link = new DataInputStream(enclave.fromAgent());
        link.readNBytes(link.readInt());
        link.readUTF();
        link.readUTF();
        link.readUTF();
        return link;
    }

    private List<Path> runFolders() throws IOException {
        try (var folders = Files.list(temporary.resolve("state/run"))) {
            return folders.toList();
        }
    }

    private static boolean isRunning(long pid) {
        // A zombie that nobody waits for yet is not running.
        try {
            return !Files.readString(Path.of("/proc", Long.toString(pid), "stat")).contains(") Z ");
        } catch (IOException _) {
            return false;
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertTrue(condition.getAsBoolean());
    }
}
