package io.cloister.client;

import io.cloister.client.server.Progress;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.age.Sealing;
import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;

/// A ciphertext on its way to the server. It is encrypted once, into a private temporary file: its
/// digest is its name there, so it must be known before the first byte is sent, and a second
/// encryption would have another one. Closing deletes it.
final class StagingFile implements AutoCloseable {
    private final Path file;
    private final Sha256 digest;
    private final long bytes;

    private StagingFile(Path file, Sha256 digest, long bytes) {
        this.file = file;
        this.digest = digest;
        this.bytes = bytes;
    }

    interface Content {
        void writeTo(OutputStream out) throws IOException, ClientException;
    }

    /// What `content` writes.
    static StagingFile of(Vault vault, Content content) throws ClientException {
        Path file;
        try {
            file =
                    Files.createTempFile(
                            vault.temporary(),
                            "upload",
                            ".age",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")));
        } catch (IOException e) {
            throw ClientException.local("can't make a temporary file", e);
        }
        MessageDigest digest = Sha256.newDigest();
        try (OutputStream out = Files.newOutputStream(file)) {
            content.writeTo(new DigestOutputStream(out, digest));
        } catch (IOException e) {
            delete(file);
            throw ClientException.local("can't write " + file, e);
        } catch (ClientException | RuntimeException e) {
            delete(file);
            throw e;
        }
        try {
            return new StagingFile(file, Sha256.finish(digest), Files.size(file));
        } catch (IOException e) {
            delete(file);
            throw ClientException.local("can't read " + file, e);
        }
    }

    /// A clear file's encryption.
    ///
    /// @param file the ciphertext
    /// @param clear digest of what was encrypted
    /// @param bytes size of that
    record Sealed(StagingFile file, Sha256 clear, long bytes) implements AutoCloseable {
        @Override
        public void close() {
            file.close();
        }
    }

    /// The encryption of `source` to `recipient`.
    static Sealed sealed(
            Vault vault, Recipient recipient, Path source, String what, Progress progress)
            throws ClientException {
        MessageDigest clear = Sha256.newDigest();
        long[] bytes = new long[1];
        StagingFile file =
                of(
                        vault,
                        out -> {
                            bytes[0] = Files.size(source);
                            try (InputStream in =
                                    new DigestInputStream(
                                            new ProgressStream(
                                                    Files.newInputStream(source),
                                                    what,
                                                    bytes[0],
                                                    progress),
                                            clear)) {
                                Sealing.to(List.of(recipient)).file(in, out, Sealing.allCores());
                            }
                        });
        return new Sealed(file, Sha256.finish(clear), bytes[0]);
    }

    Path file() {
        return file;
    }

    Sha256 digest() {
        return digest;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        delete(file);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException _) {
            // It holds ciphertext only.
        }
    }
}
