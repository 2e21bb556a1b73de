package io.cloister.agent;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Padme;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.document.Receipt;

import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.Optional;

/// Encrypts one output to one reader while it is written, and sends the body away at once. However
/// it ends, closed whole or [settled][#settle] after user code left it, it is padded with zero
/// bytes to its Padmé length (not in the Cosmian dialect), so that its size tells no more than that
/// of a result; only what was closed whole is [staged][#staged]. Used by one thread.
final class OutputUpload extends OutputStream {
    private static final byte[] ZEROS = new byte[8 << 10];

    private final ControlPlane.Upload upload;
    private final Email reader;
    private final Receipt.Kind kind;
    private final long position;
    private final FileName name;
    private final boolean padded;
    private final OutputSealing.Cipher cipher;
    private final boolean headFirst;
    private final MessageDigest fileDigest = Sha256.newDigest();
    private final MessageDigest bodyDigest = Sha256.newDigest();
    private final MessageDigest clearDigest = Sha256.newDigest();
    private final OutputStream sealed;
    private long bodyBytes;
    private long clearBytes;
    private Optional<StagedOutput> staged = Optional.empty();
    private boolean ended;

    /// Begins an output.
    ///
    /// @param padded whether to pad, where outputs are: what is padded already need not be
    OutputUpload(
            ControlPlane.Upload upload,
            Email reader,
            OutputSealing sealing,
            Receipt.Kind kind,
            long position,
            FileName name,
            boolean padded)
            throws IOException {
        this.upload = upload;
        this.reader = reader;
        this.kind = kind;
        this.position = position;
        this.name = name;
        this.padded = padded && sealing.isIndexed();
        this.headFirst = sealing.isIndexed();
        this.cipher = sealing.to(reader);
        if (headFirst) {
            fileDigest.update(cipher.head().toArray());
        }
        this.sealed = cipher.body(new Body(upload.sink()));
    }

    /// Ciphertext on its way out.
    private final class Body extends OutputStream {
        private final OutputStream sink;

        Body(OutputStream sink) {
            this.sink = sink;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            sink.write(from, offset, length);
            fileDigest.update(from, offset, length);
            bodyDigest.update(from, offset, length);
            bodyBytes += length;
        }

        @Override
        public void flush() throws IOException {
            sink.flush();
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        sealed.write(from, offset, length);
        clearDigest.update(from, offset, length);
        clearBytes += length;
    }

    /// Ends the output as it should end and waits until its body is stored.
    ///
    /// @throws IOException if the link breaks, or the control plane stored something else
    @Override
    public void close() throws IOException {
        if (!ended) {
            staged = Optional.of(end());
        }
    }

    /// Ends an output that user code has not closed as if it had, so that nobody sees where it
    /// stopped. It is not staged: no receipt names it, and nothing of it stays.
    void settle() {
        if (ended) {
            return;
        }
        try {
            end();
        } catch (IOException _) {
            // Who refuses the padding sees what was sent before, and has chosen to.
            giveUp();
        }
    }

    private StagedOutput end() throws IOException {
        ended = true;
        long padding = padded ? Padme.length(clearBytes) - clearBytes : 0;
        for (long left = padding; left > 0; left -= ZEROS.length) {
            sealed.write(ZEROS, 0, (int) Math.min(left, ZEROS.length));
        }
        sealed.close();
        ControlPlane.Stored stored = upload.finish();
        if (stored.size() != bodyBytes || !stored.digest().equals(Sha256.finish(bodyDigest))) {
            throw new IOException("the control plane stored another body than it was sent");
        }
        Bytes header = cipher.head();
        if (!headFirst) {
            fileDigest.update(header.toArray());
        }
        return new StagedOutput(
                reader,
                kind,
                position,
                header,
                Sha256.finish(fileDigest),
                header.length() + bodyBytes,
                new OutputIndex.Entry(name, clearBytes, Sha256.finish(clearDigest)));
    }

    /// Cuts the output off, unless it has ended whole: what was sent of it shows.
    void giveUp() {
        if (staged.isEmpty()) {
            ended = true;
            upload.close();
        }
    }

    /// The output, once it is closed.
    Optional<StagedOutput> staged() {
        return staged;
    }
}
