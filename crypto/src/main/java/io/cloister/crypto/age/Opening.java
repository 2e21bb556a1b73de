package io.cloister.crypto.age;

import com.exceptionfactory.jagged.FileKey;
import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.AgeException.Stage;
import io.cloister.crypto.internal.Hkdf;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;

import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/// Opens age files with given keys, in one pass over the ciphertext.
///
/// **Guaranteed:** every byte given out was sealed into this file at this place; an end without
/// exception is the end the file was given. **Not guaranteed:** who sealed it, and, until that end,
/// that the file goes on: what was given out before an exception is authentic but incomplete, and
/// to be thrown away. Wrap the source in a [java.security.DigestInputStream] to digest the
/// ciphertext in the same pass; on success it has been read to its end.
///
/// Immutable and safe for use by several threads.
///
/// Specification: [C2SP age](https://c2sp.org/age)
public final class Opening {
    private static final byte[] HEADER_INFO = "header".getBytes(StandardCharsets.US_ASCII);

    private final List<RecipientStanzaReader> keys;

    private Opening(List<RecipientStanzaReader> keys) {
        this.keys = keys;
    }

    /// Opens files sealed to any of `identities`.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Opening with(List<? extends Identity> identities) {
        if (identities.isEmpty()) {
            throw new IllegalArgumentException("at least one identity is needed");
        }
        return new Opening(identities.stream().map(Opening::reader).toList());
    }

    /// Opens files sealed to `identity`.
    public static Opening with(Identity identity) {
        return with(List.of(identity));
    }

    /// Opens files sealed under `passphrase`.
    public static Opening with(Passphrase passphrase) {
        return new Opening(List.of(new ScryptStanza.Reader(passphrase)));
    }

    private static RecipientStanzaReader reader(Identity identity) {
        return switch (identity) {
            case HybridIdentity hybrid -> new HybridStanza.Reader(hybrid);
            case X25519Identity x25519 -> jaggedReader(x25519);
        };
    }

    private static RecipientStanzaReader jaggedReader(X25519Identity identity) {
        try (SecretBytes text = identity.text(SecretExposure.acknowledged())) {
            byte[] ascii = text.expose(SecretExposure.acknowledged());
            String string = new String(ascii, StandardCharsets.US_ASCII);
            Arrays.fill(ascii, (byte) 0);
            return X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(string);
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("jagged reads what we write", e);
        }
    }

    /// Opens all of `file` into `clear`, on up to `threads` threads, the caller's among them.
    /// Memory use is constant, about 1 MiB a thread.
    ///
    /// If it fails, one more read of `file` may be under way on another thread; close it. Neither
    /// stream is closed here.
    ///
    /// @param file the whole age file, read to its end
    /// @param clear gets the content in order; what it got before an exception is to be thrown away
    /// @param threads 1 or more; see [Sealing#allCores]
    /// @return length of the content in bytes
    /// @throws AgeException if a check refuses, naming the stage
    /// @throws IOException if either stream fails
    public long open(InputStream file, OutputStream clear, int threads) throws IOException {
        Sealing.requireThreads(threads);
        var buffered = new BufferedInputStream(file);
        SecretKey key = payloadKey(buffered);
        return Payload.open(buffered, clear, () -> ChunkCipher.opening(key), threads);
    }

    /// A stream of what is in `file`, opened on the reader's thread chunk by chunk. The header is
    /// read and checked here; later reads throw [AgeException] at stage [Stage#PAYLOAD]. Closing it
    /// closes `file`.
    ///
    /// @throws AgeException if a check refuses, naming the stage
    /// @throws IOException if `file` fails
    public InputStream open(InputStream file) throws IOException {
        var buffered = new BufferedInputStream(file);
        SecretKey key = payloadKey(buffered);
        return new OpeningInputStream(ChunkCipher.opening(key), buffered);
    }

    /// What is in `file`, if it is at most `maxLength` bytes: for small contents.
    ///
    /// @throws AgeException if a check refuses, naming the stage; a longer content is refused at
    ///   stage [Stage#PAYLOAD]
    public SecretBytes open(Bytes file, int maxLength) throws AgeException {
        byte[] clear = {};
        try (InputStream content = open(new ByteArrayInputStream(file.toArray()))) {
            clear = content.readNBytes(maxLength);
            if (content.read() >= 0) {
                throw new AgeException(
                        Stage.PAYLOAD, "age payload: more than " + maxLength + " bytes of content");
            }
            return SecretBytes.copyOf(clear, SecretExposure.acknowledged());
        } catch (AgeException e) {
            throw e;
        } catch (IOException e) {
            throw new CloisterBugException("memory does not fail", e);
        } finally {
            Arrays.fill(clear, (byte) 0);
        }
    }

    /// Reads the header and the payload's nonce.
    private SecretKey payloadKey(InputStream file) throws IOException {
        var header = HeaderReader.read(file);
        NativeStanzas.check(header.stanzas());
        byte[] fileKey = fileKey(header);
        try {
            requireMac(fileKey, header);
            byte[] nonce = file.readNBytes(PayloadKey.NONCE_LENGTH);
            if (nonce.length != PayloadKey.NONCE_LENGTH) {
                throw new AgeException(Stage.HEADER, "age payload: the file ends inside the nonce");
            }
            return PayloadKey.derive(fileKey, nonce);
        } finally {
            Arrays.fill(fileKey, (byte) 0);
        }
    }

    private byte[] fileKey(HeaderReader.Header header) throws AgeException {
        for (RecipientStanzaReader key : keys) {
            try {
                FileKey fileKey = key.getFileKey(header.stanzas());
                byte[] encoded = fileKey.getEncoded();
                fileKey.destroy();
                return encoded;
            } catch (UnsupportedRecipientStanzaException _) {
                // The next key may fit.
            } catch (GeneralSecurityException e) {
                throw new CloisterBugException("stanzas of checked shape open or don't match", e);
            }
        }
        throw new AgeException(
                Stage.NO_MATCH,
                "age header: none of the "
                        + header.stanzas().size()
                        + " stanzas can be opened with the key at hand");
    }

    private static void requireMac(byte[] fileKey, HeaderReader.Header header) throws AgeException {
        byte[] key = Hkdf.derive(fileKey, new byte[0], HEADER_INFO, 32);
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            if (!MessageDigest.isEqual(
                    mac.doFinal(header.authenticated().toArray()), header.mac().toArray())) {
                throw new AgeException(
                        Stage.HMAC, "age header: the MAC does not fit, the header was changed");
            }
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has HMAC-SHA-256", e);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    @Override
    public String toString() {
        return "Opening[" + keys.size() + " keys]";
    }
}
