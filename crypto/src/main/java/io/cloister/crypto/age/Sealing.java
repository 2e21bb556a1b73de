package io.cloister.crypto.age;

import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.framework.crypto.CipherKey;
import com.exceptionfactory.jagged.framework.format.StandardPayloadKeyWriter;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import javax.crypto.SecretKey;

/// One age file being made: a fresh file key, its header, and once its body.
///
/// The file is `header ‖ body`. Both halves can go different ways: whoever has the body alone can
/// open nothing, so a body may leave at once and its header be held back, or never be released. The
/// header exists from the start, so the digest of the whole file is known when the body ends:
///
/// ```java
/// var sealing = Sealing.to(List.of(recipient));
/// var digest = Sha256.newDigest();
/// digest.update(sealing.header().toArray());
/// sealing.body(clear, new DigestOutputStream(sink, digest), Sealing.allCores());
/// Sha256 ofWholeFile = Sha256.finish(digest);
/// ```
///
/// **Guaranteed:** only the recipients can open; any change to the file is noticed. **Not
/// guaranteed:** who sealed it, and its length, which shows the clear length exactly: pad first
/// ([io.cloister.protocol.Padme]).
///
/// Specification: [C2SP age](https://c2sp.org/age)
public final class Sealing {
    private static final int ROOM_PER_RECIPIENT = 2 << 10;

    private final Bytes header;
    private final Bytes nonce;
    private final SecretKey payloadKey;
    private final AtomicBoolean bodyMade = new AtomicBoolean();

    private Sealing(List<RecipientStanzaWriter> recipients) {
        // jagged makes the file key, the header and the payload's nonce.
        var buffer = ByteBuffer.allocate((recipients.size() + 1) * ROOM_PER_RECIPIENT);
        try {
            CipherKey key = new StandardPayloadKeyWriter().writeFileHeader(buffer, recipients);
            this.payloadKey = PayloadKey.of(key.getEncoded());
            key.destroy();
        } catch (GeneralSecurityException | IOException e) {
            throw new CloisterBugException("accepted recipients can be sealed to", e);
        }
        byte[] written = Arrays.copyOf(buffer.array(), buffer.position());
        int bodyStart = written.length - PayloadKey.NONCE_LENGTH;
        this.header = Bytes.copyOf(Arrays.copyOf(written, bodyStart));
        this.nonce = Bytes.copyOf(Arrays.copyOfRange(written, bodyStart, written.length));
    }

    /// A file for `recipients`, each of whom can open it alone.
    ///
    /// @throws IllegalArgumentException if there is none, there are more than 64, or post-quantum
    ///   and classical ones are mixed: the file would be no stronger than the weaker
    public static Sealing to(List<? extends Recipient> recipients) {
        return to(recipients, new SecureRandom());
    }

    /// As the other, with the randomness of hybrid stanzas from `random`.
    static Sealing to(List<? extends Recipient> recipients, SecureRandom random) {
        if (recipients.isEmpty() || recipients.size() > HeaderReader.MAX_STANZAS) {
            throw new IllegalArgumentException("1 to " + HeaderReader.MAX_STANZAS + " recipients");
        }
        long hybrid = recipients.stream().filter(HybridRecipient.class::isInstance).count();
        if (hybrid != 0 && hybrid != recipients.size()) {
            throw new IllegalArgumentException(
                    "post-quantum and classical recipients cannot be mixed");
        }
        return new Sealing(recipients.stream().map(r -> writer(r, random)).toList());
    }

    /// A file for whoever knows `passphrase`.
    public static Sealing under(Passphrase passphrase) {
        return new Sealing(List.of(new ScryptStanza.Writer(passphrase, new SecureRandom())));
    }

    /// How many threads [#body(InputStream, OutputStream, int)] should use when nothing else is to
    /// be done: one for each core, at most 8.
    public static int allCores() {
        return Math.min(8, Runtime.getRuntime().availableProcessors());
    }

    private static RecipientStanzaWriter writer(Recipient recipient, SecureRandom random) {
        return switch (recipient) {
            case HybridRecipient hybrid -> new HybridStanza.Writer(hybrid, random);
            case X25519Recipient x25519 -> jaggedWriter(x25519);
        };
    }

    private static RecipientStanzaWriter jaggedWriter(X25519Recipient recipient) {
        try {
            return X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(
                    recipient.text().value());
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("jagged reads what we write", e);
        }
    }

    /// The header: text that ends with the line of its MAC. Without it the body cannot be opened.
    public Bytes header() {
        return header;
    }

    /// Seals all of `clear` into the body, on up to `threads` threads, the caller's among them.
    /// Memory use is constant, about 1 MiB a thread.
    ///
    /// If it fails, one more read of `clear` may be under way on another thread; close it. Neither
    /// stream is closed here.
    ///
    /// @param clear read to its end; give it no buffer of its own, reads are large
    /// @param sink gets the body, written in order
    /// @param threads 1 or more; see [#allCores]
    /// @return length of the body in bytes
    /// @throws IOException if either stream fails
    /// @throws IllegalStateException if the body has been made before: a file key seals one file
    public long body(InputStream clear, OutputStream sink, int threads) throws IOException {
        requireThreads(threads);
        begin(sink);
        return PayloadKey.NONCE_LENGTH
                + Payload.seal(clear, sink, () -> ChunkCipher.sealing(payloadKey), threads);
    }

    /// A stream that seals what is written to it, on the caller's thread, and writes the body to
    /// `sink`. Closing it ends the body and flushes `sink` but does not close it; a body whose
    /// stream was never closed cannot be opened.
    ///
    /// @throws IOException if `sink` fails
    /// @throws IllegalStateException if the body has been made before
    public OutputStream body(OutputStream sink) throws IOException {
        begin(sink);
        return new SealingOutputStream(ChunkCipher.sealing(payloadKey), sink);
    }

    /// Header and body of all of `clear`.
    ///
    /// @param threads as in [#body(InputStream, OutputStream, int)]
    /// @return length of the file in bytes
    /// @throws IOException if either stream fails
    /// @throws IllegalStateException if the body has been made before
    public long file(InputStream clear, OutputStream sink, int threads) throws IOException {
        requireThreads(threads);
        if (bodyMade.get()) {
            throw new IllegalStateException("this file's body has been made");
        }
        sink.write(header.toArray());
        return header.length() + body(clear, sink, threads);
    }

    /// The whole file with `clear` in it, for small contents.
    ///
    /// @throws IllegalStateException if the body has been made before
    public Bytes file(byte[] clear) {
        var file = new ByteArrayOutputStream(header.length() + clear.length + ChunkCipher.TAG * 2);
        try {
            file(new ByteArrayInputStream(clear), file, 1);
        } catch (IOException e) {
            throw new CloisterBugException("memory does not fail", e);
        }
        return Bytes.copyOf(file.toByteArray());
    }

    private void begin(OutputStream sink) throws IOException {
        // Two bodies under one key would repeat nonces, which gives both away.
        if (!bodyMade.compareAndSet(false, true)) {
            throw new IllegalStateException("this file's body has been made");
        }
        sink.write(nonce.toArray());
    }

    static void requireThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed");
        }
    }

    @Override
    public String toString() {
        return "Sealing[]";
    }
}
