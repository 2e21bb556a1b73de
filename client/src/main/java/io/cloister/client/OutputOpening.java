package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Sealing;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Padme;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.document.Receipt;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;

/// Opens one output of a run: the ciphertext must be the receipt's, the content the index's, the
/// rest zeros.
final class OutputOpening {
    private static final int MAX_INDEX = 8 << 20;

    private OutputOpening() {}

    /// Opens an index.
    static OutputIndex index(InputStream in, Receipt.Output output, Identity key)
            throws IOException, RefusedException {
        if (output.ciphertextBytes() > MAX_INDEX) {
            throw Seat.refused(
                    Kind.MALFORMED,
                    "index-size",
                    "the index has " + output.ciphertextBytes() + " bytes");
        }
        byte[] ciphertext = in.readNBytes((int) output.ciphertextBytes() + 1);
        requireCiphertext(output, Sha256.of(ciphertext), ciphertext.length);
        try (SecretBytes clear = Opening.with(key).open(Bytes.copyOf(ciphertext), MAX_INDEX)) {
            return OutputIndex.parse(Bytes.copyOf(clear.expose(SecretExposure.acknowledged())));
        } catch (AgeException e) {
            throw cantOpen(output, e);
        } catch (MalformedException e) {
            throw Seat.refused(Kind.MALFORMED, "index-form", String.valueOf(e.getMessage()));
        }
    }

    /// Opens an output into `target`, which exists and is this process's alone.
    static void file(
            InputStream in,
            Receipt.Output output,
            OutputIndex.Entry entry,
            Identity key,
            Path target)
            throws IOException, RefusedException {
        MessageDigest digest = Sha256.newDigest();
        var counted = new Bounded(in, output.ciphertextBytes());
        var content = new Unpadding(Files.newOutputStream(target), entry.bytes());
        try (content) {
            Opening.with(key)
                    .open(new DigestInputStream(counted, digest), content, Sealing.allCores());
        } catch (AgeException e) {
            throw cantOpen(output, e);
        }
        requireCiphertext(output, Sha256.finish(digest), counted.count());
        requireContent(entry, content);
    }

    private static void requireCiphertext(Receipt.Output output, Sha256 digest, long bytes)
            throws RefusedException {
        if (!digest.equals(output.ciphertext()) || bytes != output.ciphertextBytes()) {
            throw Seat.refused(
                    Kind.NOT_AUTHENTIC,
                    "output-ciphertext",
                    "the server gave other bytes than the receipt names for "
                            + output.kind()
                            + " "
                            + output.position());
        }
    }

    private static RefusedException cantOpen(Receipt.Output output, AgeException e) {
        return Seat.refused(
                Kind.NOT_AUTHENTIC,
                "output-sealed",
                output.kind() + " " + output.position() + " can't be opened: " + e.getMessage());
    }

    private static void requireContent(OutputIndex.Entry entry, Unpadding content)
            throws RefusedException {
        boolean whole =
                content.total() == Padme.length(entry.bytes())
                        && content.paddingIsZero()
                        && content.digest().equals(entry.digest());
        if (!whole) {
            throw Seat.refused(
                    Kind.NOT_AUTHENTIC,
                    "output-content",
                    "the content of " + entry.name() + " is not what the index says");
        }
    }

    /// Ends after `max` bytes plus one, so that a server can't fill the disk.
    private static final class Bounded extends InputStream {
        private final InputStream in;
        private final long max;
        private long count;

        Bounded(InputStream in, long max) {
            this.in = in;
            this.max = max;
        }

        long count() {
            return count;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) == 1 ? one[0] & 0xff : -1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = in.read(buffer, offset, (int) Math.min(length, max + 1 - count));
            if (read > 0) {
                count += read;
            }
            return count > max ? -1 : read;
        }
    }

    /// Writes the first `bytes` bytes and checks that the rest is zeros.
    private static final class Unpadding extends OutputStream {
        private final OutputStream out;
        private final long bytes;
        private final MessageDigest digest = Sha256.newDigest();
        private long total;
        private boolean zero = true;

        Unpadding(OutputStream out, long bytes) {
            this.out = out;
            this.bytes = bytes;
        }

        long total() {
            return total;
        }

        boolean paddingIsZero() {
            return zero;
        }

        Sha256 digest() {
            return Sha256.finish(digest);
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            int kept = Math.clamp(bytes - total, 0, length);
            out.write(buffer, offset, kept);
            digest.update(buffer, offset, kept);
            for (int i = offset + kept; i < offset + length; i++) {
                zero &= buffer[i] == 0;
            }
            total += length;
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
