package io.cloister.crypto.keystore;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Several processes on one key store.
final class KeyStoreProcessesTest {
    private static final int PROCESSES = 3;
    private static final int DOCUMENTS = 40;

    @TempDir Path temporary;

    @Test
    void makeOneSetOfKeysAndPutEachDocumentOnce() throws Exception {
        Path folder = temporary.resolve("keys");
        KeyStore.create(folder);
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            processes.add(
                    new ProcessBuilder(
                                    ProcessHandle.current().info().command().orElseThrow(),
                                    "-XX:TieredStopAtLevel=1",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    KeyStoreProcessesTest.class.getName(),
                                    folder.toString())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start());
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

    /// What each process does.
    public static void main(String[] arguments) throws Exception {
        var store = KeyStore.open(Path.of(arguments[0]), PassphraseSource.none());
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
