package io.cloister.fuzz.crypto;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.KeyStoreException;
import io.cloister.fuzz.FuzzTime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;

/// Hostile backups are refused with a [KeyStoreException].
final class KeyStoreBackupFuzzTest {
    private static final HybridIdentity IDENTITY = HybridIdentity.generate(new SecureRandom());

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void backups(byte[] content) throws IOException {
        Path folder = Files.createTempDirectory("cloister-fuzz-");
        try {
            KeyStore store = KeyStore.create(folder.resolve("keys"));
            Path backup = folder.resolve("backup.age");
            Files.write(backup, Sealing.to(List.of(IDENTITY.recipient())).file(content).toArray());
            store.restore(backup, Opening.with(IDENTITY));
        } catch (KeyStoreException _) {
            // As it must be.
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (Path path : all.toList().reversed()) {
                Files.delete(path);
            }
        }
    }
}
