package io.cloister.agent;

import static io.cloister.agent.CosmianComputation.ANNA;
import static io.cloister.agent.CosmianComputation.BEN;
import static io.cloister.agent.CosmianComputation.CARL;
import static io.cloister.agent.CosmianComputation.DORA;
import static io.cloister.agent.CosmianComputation.SEATS;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CosmianIdentity;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.dsse.Signed;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// Programs written for `cosmian_lib_sgx` 0.2.1, unchanged, in a real agent with a real sandbox.
class CosmianProgramTest {
    @TempDir private Path folder;

    private static CosmianComputation on(String run) throws Exception {
        Path lock = AgentProcess.ROOT.resolve("runtimes/bare/requirements.lock");
        return new CosmianComputation()
                .runtime(Sha256.of(Files.readAllBytes(lock)))
                .clear("run.py", run);
    }

    private static void handKeys(
            ScriptedPlane plane, CosmianComputation computation, CosmianIdentity identity)
            throws Exception {
        for (Seat seat : SEATS) {
            plane.hand(seat, computation.blob(seat, identity.enclaveKey()));
        }
    }

    private static ScriptedPlane.Finish finish(AgentProcess agent, ScriptedPlane plane)
            throws Exception {
        for (int i = 0; i < 300 && plane.ended.isEmpty(); i++) {
            ScriptedPlane.Finish finish = plane.finished.poll(100, TimeUnit.MILLISECONDS);
            if (finish != null) {
                return finish;
            }
        }
        throw new AssertionError(plane.verdicts + " " + plane.ended + " " + agent.log());
    }

    private static String result(
            ScriptedPlane plane,
            CosmianComputation computation,
            ScriptedPlane.Finish finish,
            Receipt receipt,
            Seat consumer)
            throws Exception {
        Receipt.Output output =
                receipt.outputs().stream()
                        .filter(one -> one.reader().equals(consumer.person()))
                        .findFirst()
                        .orElseThrow();
        var place = new ScriptedPlane.Place(output.reader(), output.kind(), output.position());
        Bytes file =
                Bytes.concat(
                        Objects.requireNonNull(finish.headers().get(place)),
                        plane.body(place).orElseThrow());
        return new String(computation.opened(consumer, file).toArray(), StandardCharsets.UTF_8);
    }

    @Test
    void runsAProgramThatUsesAllOfTheOldLibrary() throws Exception {
        CosmianComputation computation =
                on("""
                from io import BytesIO

                from cosmian_lib_sgx import CryptoError, Enclave, InternalError
                from cosmian_lib_sgx import SGXError, SecurityError, UserError

                @Enclave()
                def helper() -> bytes:
                    from package.inner import inner
                    return inner.NAME

                def main() -> int:
                    try:
                        import module
                    except ImportError:
                        outside = b"closed"
                    with Enclave() as enclave:
                        import module
                        import package
                        from space import within
                        parts = [outside, module.NAME, package.NAME, within.NAME]
                        parts += [data.read() for data in enclave.read()]
                        parts += [data.getvalue() for data in enclave.read(1)]
                        lazy = enclave.read(2)
                        try:
                            next(lazy)
                        except UserError:
                            parts.append(b"no third provider")
                        for bad in (2, -1):
                            try:
                                enclave.write(b"x", bad)
                            except UserError:
                                parts.append(b"no such consumer")
                        try:
                            enclave.write(b"x", name="extra")
                        except UserError:
                            parts.append(b"no names")
                        parts.append(helper())
                        parts.append(str(type(enclave.root_path).__name__).encode()[-4:])
                        enclave.write(b"replaced")
                        enclave.write(b"|".join(parts))
                        enclave.write(BytesIO(b"for the second"), 1)
                    return 0

                if __name__ == "__main__":
                    main()
                """)
                        .clear("module.py", "NAME = b'the clear one'\n")
                        .secret("module.py", "NAME = b'module'\n")
                        .secret("package/__init__.py", "NAME = b'package'\n")
                        .secret("package/inner/__init__.py", "")
                        .secret("package/inner/inner.py", "NAME = b'inner'\n")
                        .secret("space/within.py", "NAME = b'within'\n");
        computation.clear("requirements.txt", "# nothing but what is there\n");
        try (var agent = new AgentProcess(folder);
                ScriptedPlane plane = agent.startCosmian(computation)) {
            CosmianIdentity identity = agent.published(plane.cosmianIdentities);
            handKeys(plane, computation, identity);
            Bytes inputs =
                    computation.inputs(
                            1,
                            computation.file(BEN, "z", "1 ben", 1_000),
                            computation.file(ANNA, "y", "2 anna", 2_000),
                            computation.file(BEN, "x", "3 ben", 3_000));
            plane.store(computation.blobs);
            plane.handInputs(1, inputs);
            ScriptedPlane.Finish finish = finish(agent, plane);
            Receipt receipt =
                    Signed.verify(finish.receipt(), Receipt.TYPE, identity.signingKey()).document();
            assertEquals(Outcome.SUCCESS, receipt.report().outcome(), receipt.report().toString());
            assertEquals(
                    String.join(
                            "|",
                            "closed",
                            "module",
                            "package",
                            "within",
                            "1 ben",
                            "2 anna",
                            "3 ben",
                            "1 ben",
                            "3 ben",
                            "no third provider",
                            "no such consumer",
                            "no such consumer",
                            "no names",
                            "inner",
                            "Path"),
                    result(plane, computation, finish, receipt, CARL));
            assertEquals("for the second", result(plane, computation, finish, receipt, DORA));
            assertShowsNoSecret(agent, plane, computation, finish);
        }
    }

    /// What left the enclave, and what the machine sees of it, holds neither words nor keys.
    private static void assertShowsNoSecret(
            AgentProcess agent,
            ScriptedPlane plane,
            CosmianComputation computation,
            ScriptedPlane.Finish finish)
            throws Exception {
        var all = new StringBuilder(agent.log());
        all.append(agent.process().info().arguments().map(List::of).orElse(List.of()));
        all.append(new String(finish.receipt().toJson().canonical(), StandardCharsets.UTF_8));
        all.append(new String(finish.receipt().payload().toArray(), StandardCharsets.ISO_8859_1));
        finish.headers().values().forEach(head -> all.append(head.hex()));
        for (ScriptedPlane.Place place : plane.places()) {
            all.append(plane.body(place).orElseThrow().hex());
        }
        String visible = all.toString();
        for (Bytes secret :
                List.of(
                        computation.preSharedKey,
                        computation.key(ANNA),
                        computation.key(BEN),
                        computation.key(CARL),
                        Bytes.utf8("2 anna"))) {
            assertFalse(visible.contains(secret.hex()));
            assertFalse(visible.contains(secret.base64()));
            assertFalse(
                    visible.contains(new String(secret.toArray(), StandardCharsets.ISO_8859_1)));
        }
    }

    @Test
    void runsTwiceAndThenStopsAtFiveGuesses() throws Exception {
        CosmianComputation computation =
                on(
                        """
                        from cosmian_lib_sgx import Enclave

                        def main() -> int:
                            with Enclave() as enclave:
                                enclave.write(b"+".join(data.read() for data in enclave.read()))
                            return 0

                        if __name__ == "__main__":
                            main()
                        """);
        try (var agent = new AgentProcess(folder);
                ScriptedPlane plane = agent.startCosmian(computation)) {
            CosmianIdentity identity = agent.published(plane.cosmianIdentities);
            handKeys(plane, computation, identity);
            for (long run = 1; run <= 2; run++) {
                Bytes inputs =
                        computation.inputs(
                                run,
                                computation.file(ANNA, "a", "anna " + run, 1),
                                computation.file(BEN, "b", "ben " + run, 1));
                plane.store(computation.blobs);
                plane.handInputs(run, inputs);
                ScriptedPlane.Finish finish = finish(agent, plane);
                Receipt receipt =
                        Signed.verify(finish.receipt(), Receipt.TYPE, identity.signingKey())
                                .document();
                assertEquals(run, receipt.run());
                assertEquals(
                        "anna " + run + "+ben " + run,
                        result(plane, computation, finish, receipt, CARL));
                plane.forgetBodies();
            }
            for (int i = 0; i < KeyCollector.MOST_REFUSED; i++) {
                plane.hand(
                        ANNA,
                        computation.blob(
                                ANNA,
                                identity.enclaveKey(),
                                TestComputation.random(32),
                                computation.key(ANNA)));
            }
            assertEquals("refused: " + KeyCollector.REFUSED, ScriptedPlane.soon(plane.ended));
            assertEquals(0, agent.process().waitFor(), agent.log());
        }
    }
}
