package io.cloister.crypto.keystore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.age.Passphrase;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Several processes on one key store.
final class KeyStoreProcessesTest {
    private static final int PROCESSES = 3;
    private static final int DOCUMENTS = 40;
    private static final int KILLS = 12;
    private static final Passphrase PASSPHRASE =
            Passphrase.of("correct horse".toCharArray()).withWorkFactor(4);

    @TempDir Path temporary;

    @Test
    void makeOneSetOfKeysAndPutEachDocumentOnce() throws Exception {
        Path folder = temporary.resolve("keys");
        KeyStore.create(folder);
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            processes.add(start(folder, "put"));
        }
        Set<String> signers = new HashSet<>();
        int put = 0;
        for (Process process : processes) {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertEquals(0, process.waitFor());
            String[] signerAndCount = output.strip().split(" ");
            signers.add(signerAndCount[0]);
            put += Integer.parseInt(signerAndCount[1]);
        }
        assertEquals(1, signers.size());
        assertEquals(DOCUMENTS, put);
        var store = KeyStore.open(folder, PassphraseSource.none());
        assertEquals(DOCUMENTS, store.documents(name()).names().size());
    }

    /// `kill -9` while a passphrase is added: the store is whole, under it or not yet.
    @Test
    void addingAPassphraseIsDoneOrNotWheneverTheProcessDies() throws Exception {
        for (int round = 0; round < KILLS; round++) {
            Path folder = temporary.resolve("keys-" + round);
            var store = KeyStore.create(folder);
            var signer = store.keysOrNew(name(), new SecureRandom()).signing().publicKey();
            for (int i = 0; i < DOCUMENTS; i++) {
                store.documents(name()).put("run-" + i, Bytes.utf8("accepted"));
            }
            Process process = start(folder, "protect");
            assertEquals('g', process.getInputStream().read());
            if (!process.waitFor(5L + 11L * round, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }

            var left = KeyStore.open(folder, () -> PASSPHRASE);
            assertEquals(signer, left.keys(name()).orElseThrow().signing().publicKey());
            assertEquals(DOCUMENTS, left.documents(name()).names().size());
            // Once more, and it is done.
            var done = left.isProtected() ? left : left.protect(PASSPHRASE);
            assertEquals(signer, done.keys(name()).orElseThrow().signing().publicKey());
            assertEquals(DOCUMENTS, done.documents(name()).names().size());
            assertFalse(Files.exists(folder.resolve("computations")));
        }
    }

    /// As in a container whose `/tmp` cannot be written to.
    @Test
    void refusesWhereItCannotTellAsWhomItRuns() throws Exception {
        Path folder = temporary.resolve("keys");
        KeyStore.create(folder);
        Process process = start(folder, "open", temporary.resolve("missing").toString());
        String output =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertEquals(0, process.waitFor());
        assertTrue(output.startsWith("EXPOSED "), output);
        assertTrue(output.contains("cannot be held against the user"), output);
        assertTrue(OwnUser.askedIn(temporary.resolve("missing")).isEmpty());
        assertEquals(OwnUser.number(), OwnUser.askedIn(temporary));
    }

    private static Process start(Path folder, String what) throws Exception {
        return start(folder, what, System.getProperty("java.io.tmpdir"));
    }

    private static Process start(Path folder, String what, String temporaryFiles) throws Exception {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.io.tmpdir=" + temporaryFiles,
                        "-cp",
                        System.getProperty("java.class.path"),
                        KeyStoreProcessesTest.class.getName(),
                        folder.toString(),
                        what)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /// What each process does.
    public static void main(String[] arguments) throws Exception {
        if (arguments[1].equals("open")) {
            try {
                KeyStore.open(Path.of(arguments[0]), PassphraseSource.none());
            } catch (KeyStoreException e) {
                System.out.print(e.kind() + " " + e.getMessage());
            }
            return;
        }
        var store = KeyStore.open(Path.of(arguments[0]), PassphraseSource.none());
        if (arguments[1].equals("protect")) {
            System.out.print("go");
            System.out.flush();
            store.protect(PASSPHRASE);
            return;
        }
        var keys = store.keysOrNew(name(), new SecureRandom());
        int put = 0;
        for (int i = 0; i < DOCUMENTS; i++) {
            if (store.documents(name()).putIfAbsent("run-" + i, Bytes.utf8("accepted"))) {
                put++;
            }
        }
        System.out.println(keys.signing().publicKey() + " " + put);
    }

    private static KeyName name() throws Exception {
        var id = new ComputationId(Bytes.copyOf(new byte[ComputationId.LENGTH]));
        return KeyName.of("https://cloister.example", id);
    }
}
