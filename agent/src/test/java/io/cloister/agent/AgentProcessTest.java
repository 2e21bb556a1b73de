package io.cloister.agent;

import static io.cloister.agent.TestComputation.ANNA;
import static io.cloister.agent.TestComputation.CARL;
import static io.cloister.agent.TestComputation.CODE;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Signed;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The agent as the program it is.
class AgentProcessTest {
    @TempDir private Path folder;

    private Optional<AgentProcess> open = Optional.empty();

    @AfterEach
    void end() throws Exception {
        if (open.isPresent()) {
            open.get().close();
        }
    }

    private AgentProcess agent() throws IOException {
        var agent = new AgentProcess(folder);
        open = Optional.of(agent);
        return agent;
    }

    private static TestComputation computation() throws IOException {
        return AgentProcess.onTheBareRuntime(new TestComputation())
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

    @Test
    void runsSecretCodeOnSecretData() throws Exception {
        AgentProcess agent = agent();
        try (ScriptedPlane plane = agent.start(computation())) {
            EnclaveIdentity identity = agent.identity(plane);
            AgentProcess.grant(plane, identity);
            ScriptedPlane.Finish finish = ScriptedPlane.soon(plane.finished);
            Receipt receipt =
                    Signed.verify(finish.receipt(), Receipt.TYPE, identity.signingKey()).document();
            assertEquals(Outcome.SUCCESS, receipt.report().outcome(), receipt.report().toString());
            assertEquals("data of anna@example.org+data of ben@example.org", result(plane, finish));
            assertEquals(
                    "exhausted: every run that was granted is done",
                    ScriptedPlane.soon(plane.ended));
            assertTrue(agent.process().waitFor(30, TimeUnit.SECONDS));
            assertEquals(0, agent.process().exitValue(), agent.log());
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
        AgentProcess agent = agent();
        try (ScriptedPlane plane = agent.start(computation())) {
            AgentProcess.grant(plane, agent.identity(plane));
            ScriptedPlane.soon(plane.finished);
            String visible =
                    agent.log()
                            + agent.process().info().arguments().map(List::of).orElse(List.of());
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
        AgentProcess agent = agent();
        try (ScriptedPlane plane = agent.start(computation)) {
            EnclaveIdentity identity = agent.identity(plane);
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
        return terms.toBuilder().memoryBytes(bytes).build();
    }

    @Test
    void saysInItsLogThatItsEvidenceIsSimulated() throws Exception {
        AgentProcess agent = agent();
        try (ScriptedPlane plane = agent.start(computation())) {
            EnclaveIdentity identity = agent.identity(plane);
            AgentProcess.grant(plane, identity);
            ScriptedPlane.soon(plane.ended);
            String said =
                    "identity "
                            + identity.digest()
                            + " is published; simulated: protects nothing from the operator";
            assertTrue(agent.log().contains(said), agent.log());
        }
    }

    @Test
    void leavesWithItsLauncher() throws Exception {
        AgentProcess agent = agent();
        try (ScriptedPlane plane = agent.start(computation())) {
            agent.identity(plane);
            agent.process().getOutputStream().close();
            assertTrue(agent.process().waitFor(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void leavesWithItsLink() throws Exception {
        AgentProcess agent = agent();
        try (ScriptedPlane plane = agent.start(computation())) {
            agent.identity(plane);
            plane.breakLink();
            assertTrue(agent.process().waitFor(30, TimeUnit.SECONDS));
            assertEquals(1, agent.process().exitValue());
        }
    }

    @Test
    void makesNoKeysWhereDebuggersMayAttach() throws Exception {
        AgentProcess agent = agent();
        try (ScriptedPlane plane = agent.start(computation(), List.of(), Main.class.getName())) {
            assertTrue(agent.process().waitFor(30, TimeUnit.SECONDS));
            assertEquals(1, agent.process().exitValue());
            assertEquals(
                    "cloister-agent: failed: this process can't be closed to others: the virtual"
                            + " machine was started without -XX:+DisableAttachMechanism\n",
                    agent.log());
            assertTrue(plane.identities.isEmpty());
        }
    }

    private static void makesNoKeys(AgentProcess agent, List<String> options, String why)
            throws Exception {
        try (ScriptedPlane plane = agent.start(computation(), options, Main.class.getName())) {
            assertTrue(agent.process().waitFor(30, TimeUnit.SECONDS));
            assertEquals(1, agent.process().exitValue());
            String said =
                    "cloister-agent: failed: this process can't be closed to others: " + why + "\n";
            assertTrue(agent.log().endsWith(said), agent.log());
            assertTrue(plane.identities.isEmpty());
        }
    }

    @Test
    void makesNoKeysWhereALaterOptionLetsDebuggersAttach() throws Exception {
        makesNoKeys(
                agent(),
                List.of("-XX:+DisableAttachMechanism", "-XX:-DisableAttachMechanism"),
                "the virtual machine was started with an argument -XX:-DisableAttachMechanism");
    }

    @Test
    void makesNoKeysWhereTheEnvironmentHasOptions() throws Exception {
        makesNoKeys(
                agent().under(
                                """
                                import os, sys
                                os.environ['JAVA_TOOL_OPTIONS'] = '-XX:-DisableAttachMechanism'
                                os.execv(sys.argv[1], sys.argv[1:])
                                """),
                List.of("-XX:+DisableAttachMechanism"),
                "JAVA_TOOL_OPTIONS is set in the environment");
    }

    /// Whoever traced it from its start would go on, closed as it is to those who come later.
    @Test
    void makesNoKeysWhereADebuggerCameFirst() throws Exception {
        Path scope = Path.of("/proc/sys/kernel/yama/ptrace_scope");
        Assumptions.assumeTrue(
                Files.notExists(scope) || Files.readString(scope).matches("[01]\\s*"),
                "this machine lets nobody trace a child");
        makesNoKeys(
                agent().under(
                                """
                                import ctypes, os, sys
                                libc = ctypes.CDLL(None, use_errno=True)
                                libc.ptrace.argtypes = [ctypes.c_long] * 4
                                ready, go = os.pipe()
                                pid = os.fork()
                                if pid == 0:
                                    os.read(ready, 1)
                                    os.execv(sys.argv[1], sys.argv[1:])
                                # PTRACE_SEIZE, and the child goes with its tracer
                                if libc.ptrace(0x4206, pid, 0, 0x100000) != 0:
                                    sys.exit(f'ptrace: {ctypes.get_errno()}')
                                os.write(go, b'.')
                                while True:
                                    _, status = os.waitpid(pid, 0)
                                    if not os.WIFSTOPPED(status):
                                        sys.exit(os.waitstatus_to_exitcode(status))
                                    signal = 0 if status >> 16 else os.WSTOPSIG(status)
                                    libc.ptrace(7, pid, 0, signal)
                                """),
                List.of("-XX:+DisableAttachMechanism"),
                "a debugger was attached before it closed");
    }

    @Test
    void refusesNonsense() throws Exception {
        AgentProcess agent = agent();
        agent.tell("{}\n", List.of("-XX:+DisableAttachMechanism"), Main.class.getName());
        assertTrue(agent.process().waitFor(Duration.ofSeconds(30)));
        assertEquals(2, agent.process().exitValue());
        assertTrue(agent.log().startsWith("cloister-agent: boot line: "), agent.log());
    }
}
