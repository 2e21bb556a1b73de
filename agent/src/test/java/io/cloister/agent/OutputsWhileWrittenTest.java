package io.cloister.agent;

import static io.cloister.agent.TestComputation.CARL;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.agent.sandbox.PythonInterpreter;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Results leave a whole agent around a real sandbox while the program still writes them:
/// encrypted, and without the header that opens them.
final class OutputsWhileWrittenTest {
    private static final String MARKER = "a line of the result in clear\n";
    private static final long MIB = 1 << 20;
    private static final ScriptedPlane.Place RESULT =
            new ScriptedPlane.Place(CARL, Receipt.Kind.RESULT, 0);

    @TempDir private Path folder;

    private static PythonInterpreter python() throws InterruptedException {
        try {
            return PythonInterpreter.find(System.getenv().getOrDefault("PATH", ""));
        } catch (SandboxException e) {
            return Assumptions.abort(String.valueOf(e.getMessage()));
        }
    }

    /// The program never ends by itself: were results kept until they are closed, nothing would
    /// come.
    @Test
    void areAtTheControlPlaneWhileTheProgramStillHasMoreToWrite() throws Exception {
        var computation =
                new TestComputation()
                        .clear(
                                "run.py",
                                """
                                import time
                                from cloister import Enclave
                                with Enclave() as enclave, enclave.output(n=0) as result:
                                    line = b"a line of the result in clear\\n"
                                    for _ in range(8):
                                        result.write(line * ((1 << 20) // len(line) + 1))
                                    while True:
                                        time.sleep(1000)
                                """);
        var cells = new Cells(python().path(), AgentProcess.ROOT.resolve("agent/python"), folder);
        try (var harness = new AgentHarness(computation, folder, cells)) {
            EnclaveIdentity identity = harness.identity();
            harness.grantAll(identity);
            // What is missing is a chunk that is not full.
            harness.plane.awaitArrival(RESULT, 8 * MIB - (64 << 10));
            assertTrue(harness.plane.finished.isEmpty());
            assertTrue(harness.plane.body(RESULT).isEmpty(), "it has an end already");

            harness.plane.stop();
            ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
            Receipt receipt = harness.receipt(identity, finish).document();
            assertEquals(Outcome.STOPPED, receipt.report().outcome());
            assertFalse(finish.headers().containsKey(RESULT));
            byte[] body = harness.plane.body(RESULT).orElseThrow().toArray();
            assertTrue(body.length >= 8 * MIB, body.length + " bytes");
            assertFalse(new String(body, StandardCharsets.ISO_8859_1).contains(MARKER.strip()));
        }
    }
}
