package io.cloister.fuzz.crypto;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.KeyStoreException;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/// Damaged files of a key store are refused with a [KeyStoreException].
final class KeyStoreRecordFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void records(byte[] record) throws IOException {
        Path folder = Files.createTempDirectory("cloister-fuzz-");
        try {
            KeyStore store = KeyStore.create(folder);
            store.settings().put("document", Bytes.utf8("content"));
            Files.write(folder.resolve("settings/document"), record);
            Optional<Bytes> content = store.settings().get("document");
            if (content.isPresent() && content.get().length() >= record.length) {
                throw new AssertionError("a record without its first line");
            }
            Files.write(folder.resolve("store"), record);
            KeyStore.open(folder, PassphraseSource.none());
            // As the description of one under a passphrase.
            Path sealed = folder.resolve("sealed");
            Files.createDirectory(
                    sealed,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            Files.move(folder.resolve("store"), sealed.resolve("store"));
            KeyStore.open(folder, PassphraseSource.none());
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
