package io.cloister.agent;

import static io.cloister.agent.TestComputation.ANNA;
import static io.cloister.agent.TestComputation.BEN;
import static io.cloister.agent.TestComputation.CODE;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.grant.Grant;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.InputList;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/// While user code runs in a real agent's sandbox, every byte of every process of that sandbox, and
/// of the memory files it has open, is read from outside: no key of the agent's is among them. That
/// the reading finds what is there is shown by a marker that the code holds, by an input's content,
/// and by the same keys in the memory of the agent itself.
///
/// The test is the providers, so it knows their keys; the agent's own follow from a seed.
class KeysStayInTheAgentTest {
    private static final String DATA = "this is what anna's file holds, and nobody else";
    private static final String MARKER = "marker-that-user-code-holds-51d0f2";
    private static final int PIECE = 16 << 20;

    @TempDir private Path folder;

    private static TestComputation computation(KnownRandom random) throws IOException {
        var code = new StringBuilder();
        code.append("import time\n");
        code.append("from cloister import Enclave\n");
        code.append("with Enclave() as enclave:\n");
        code.append("    import secret_part\n");
        code.append("    held = secret_part.turned(next(enclave.read(0)).read())\n");
        // Nowhere in this program as it is, so only the running code can have made it.
        code.append("    marker = '").append(turned(MARKER)).append("'[::-1].encode()\n");
        code.append("    time.sleep(1000)\n");
        return AgentProcess.onTheBareRuntime(new TestComputation(random))
                .clear("run.py", code.toString())
                .secret("secret_part.py", "def turned(data): return data[::-1]\n");
    }

    private static String turned(String text) {
        return new StringBuilder(text).reverse().toString();
    }

    /// A process's readable memory and memory files.
    private static Set<String> found(long pid, Map<String, Bytes> secrets) throws IOException {
        Set<String> found = new TreeSet<>();
        Path process = Path.of("/proc", Long.toString(pid));
        try (var memory = new RandomAccessFile(process.resolve("mem").toFile(), "r")) {
            for (String line : Files.readAllLines(process.resolve("maps"))) {
                String[] range = line.substring(0, line.indexOf(' ')).split("-", 2);
                if (line.contains(" r") && !line.endsWith("[vsyscall]")) {
                    search(
                            memory,
                            Long.parseUnsignedLong(range[0], 16),
                            Long.parseUnsignedLong(range[1], 16),
                            secrets,
                            found);
                }
            }
        }
        try (var descriptors = Files.list(process.resolve("fd"))) {
            for (Path descriptor : descriptors.toList()) {
                if (Files.readSymbolicLink(descriptor).toString().startsWith("/memfd:")) {
                    try (var file = new RandomAccessFile(descriptor.toFile(), "r")) {
                        search(file, 0, file.length(), secrets, found);
                    }
                }
            }
        }
        return found;
    }

    private static void search(
            RandomAccessFile memory,
            long start,
            long end,
            Map<String, Bytes> secrets,
            Set<String> found)
            throws IOException {
        int overlap = 128;
        byte[] piece = new byte[(int) Math.min(PIECE, end - start)];
        for (long at = start; at < end; at += piece.length - overlap) {
            int length = (int) Math.min(piece.length, end - at);
            try {
                memory.seek(at);
                memory.readFully(piece, 0, length);
            } catch (IOException _) {
                // Of a file that has become shorter, or of a device.
                return;
            }
            String text = new String(piece, 0, length, StandardCharsets.ISO_8859_1);
            secrets.forEach((name, secret) -> {
                String raw = new String(secret.toArray(), StandardCharsets.ISO_8859_1);
                boolean encoded =
                        secret.length() >= 16
                                && (text.contains(secret.hex()) || text.contains(secret.base64()));
                if (encoded || text.contains(raw)) {
                    found.add(name);
                }
            });
            if (length <= overlap) {
                return;
            }
        }
    }

    /// The processes of the sandbox: supervisor, keeper, init and interpreter.
    private static List<ProcessHandle> sandbox(Process agent) {
        return agent.descendants().toList();
    }

    @Test
    void noKeyIsInAnyByteOfTheSandboxWhileUserCodeRuns() throws Exception {
        Assumptions.assumeTrue(
                (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0,
                "only root can read the memory of a sandbox from outside");
        var random = new KnownRandom("everybody else's keys in this test");
        TestComputation computation = computation(random);
        Map<String, Bytes> keys = new LinkedHashMap<>();
        Map<String, Bytes> others = new LinkedHashMap<>();
        try (var agent = new AgentProcess(folder);
                ScriptedPlane plane =
                        agent.start(
                                computation,
                                List.of("-XX:+DisableAttachMechanism"),
                                KnownKeysMain.class.getName())) {
            EnclaveIdentity identity = agent.identity(plane);
            ownKeys(identity, keys);
            grants(plane, identity, keys, others);
            // Each of 32 bytes is some key's seed; the computation's id, of 16, is no secret.
            for (Bytes given : random.given()) {
                if (given.length() == 32) {
                    others.put("seed " + others.size(), given);
                }
            }
            others.put("socket", Bytes.utf8(agent.scratch() + "/c"));
            ScriptedPlane.soon(plane.started);

            var code = new LinkedHashMap<String, Bytes>();
            code.put("marker", Bytes.utf8(MARKER));
            code.put("data", Bytes.utf8(DATA));
            code.put("turned data", Bytes.utf8(turned(DATA)));
            assertEquals(code.keySet(), awaitAll(agent.process(), code));

            var all = new LinkedHashMap<>(keys);
            all.putAll(others);
            List<ProcessHandle> processes = sandbox(agent.process());
            assertEquals(4, processes.size());
            for (ProcessHandle process : processes) {
                assertEquals(Set.of(), found(process.pid(), all), () -> process.info().toString());
            }
            assertEquals(keys.keySet(), found(agent.process().pid(), keys));
        }
    }

    /// What of `code` is found in the sandbox, once all is, or when it never is.
    private static Set<String> awaitAll(Process agent, Map<String, Bytes> code) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        Set<String> found = new TreeSet<>();
        while (!found.equals(code.keySet()) && System.nanoTime() < deadline) {
            for (ProcessHandle process : sandbox(agent)) {
                found.addAll(found(process.pid(), code));
            }
        }
        return found;
    }

    /// The enclave's keys, by doing again what the agent did.
    private static void ownKeys(EnclaveIdentity identity, Map<String, Bytes> keys) {
        var again = new KnownRandom(KnownKeysMain.SEED);
        again.nextBytes(new byte[16]);
        assertEquals(identity.recipient(), HybridIdentity.generate(again).recipient().text());
        assertEquals(identity.signingKey(), SigningKey.generate(again).publicKey());
        keys.put("sealing key", again.given().get(1));
        keys.put("signing key", again.given().get(2));
    }

    private static void grants(
            ScriptedPlane plane,
            EnclaveIdentity identity,
            Map<String, Bytes> keys,
            Map<String, Bytes> others)
            throws Exception {
        TestComputation computation = plane.computation;
        for (Email provider : List.of(CODE, ANNA, BEN)) {
            keys.put("key of " + provider, KeyPeek.seed(computation.encrypting(provider)));
            others.put(
                    "text of the key of " + provider,
                    Bytes.copyOf(
                            computation
                                    .encrypting(provider)
                                    .text(SecretExposure.acknowledged())
                                    .expose(SecretExposure.acknowledged())));
        }
        for (Email person : computation.roster.people()) {
            Grant grant = computation.grant(person, identity.digest());
            if (person.equals(ANNA)) {
                var file = computation.input(ANNA, "file", Bytes.utf8(DATA));
                Bytes sealed =
                        Optional.ofNullable(computation.blobs.get(file.ciphertext())).orElseThrow();
                List<Bytes> fileKeys = KeyPeek.fileKeys(sealed, computation.encrypting(ANNA));
                others.put("file key", fileKeys.get(0));
                others.put("payload key", fileKeys.get(1));
                InputList list = computation.list(ANNA, identity.digest(), 1, file);
                grant =
                        computation.grant(
                                ANNA, identity.digest(), Optional.of(computation.signed(list)));
            }
            plane.store(computation.blobs);
            plane.hand(
                    "grant",
                    SealedEnvelopes.seal(
                            computation.signed(grant),
                            Recipient.of(identity.recipient(), "recipient")));
        }
    }
}
