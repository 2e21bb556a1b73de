package io.cloister.crypto.age;

import com.exceptionfactory.jagged.FileKey;
import com.exceptionfactory.jagged.RecipientStanza;
import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;

import io.cloister.crypto.SecretExposure;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/// The `scrypt` stanza as jagged plugs it in: the file key under a key derived from a passphrase.
final class ScryptStanza {
    static final String TYPE = "scrypt";
    static final int SALT_LENGTH = 16;

    private static final int BLOCK_SIZE = 8;

    private static final byte[] LABEL =
            "age-encryption.org/v1/scrypt".getBytes(StandardCharsets.US_ASCII);

    /// The key is used once, for one file key, so a constant nonce repeats nothing (C2SP age,
    /// "scrypt recipient stanza").
    private static final byte[] NONCE = new byte[FileKeyWrap.NONCE_LENGTH];

    private ScryptStanza() {}

    /// Writes the one stanza of a file under a passphrase.
    record Writer(Passphrase passphrase, SecureRandom random) implements RecipientStanzaWriter {
        @Override
        public Iterable<RecipientStanza> getRecipientStanzas(FileKey fileKey) {
            byte[] salt = new byte[SALT_LENGTH];
            random.nextBytes(salt);
            byte[] key = key(passphrase, salt, passphrase.workFactor());
            try {
                byte[] body = FileKeyWrap.wrap(key, NONCE, fileKey);
                String workFactor = Integer.toString(passphrase.workFactor());
                return List.of(
                        new Stanza(TYPE, List.of(Base64NoPad.encode(salt), workFactor), body));
            } finally {
                Arrays.fill(key, (byte) 0);
            }
        }
    }

    /// Opens the one stanza of a file under a passphrase. Its shape has been checked by
    /// [NativeStanzas].
    record Reader(Passphrase passphrase) implements RecipientStanzaReader {
        @Override
        public FileKey getFileKey(Iterable<RecipientStanza> stanzas)
                throws GeneralSecurityException {
            for (RecipientStanza stanza : stanzas) {
                if (stanza.getType().equals(TYPE)) {
                    byte[] salt = Base64NoPad.decode(stanza.getArguments().getFirst());
                    int workFactor = Integer.parseInt(stanza.getArguments().getLast());
                    byte[] key = key(passphrase, salt, workFactor);
                    try {
                        return FileKeyWrap.unwrap(key, NONCE, stanza.getBody())
                                .orElseThrow(() ->
                                        new UnsupportedRecipientStanzaException(
                                                "another passphrase"));
                    } finally {
                        Arrays.fill(key, (byte) 0);
                    }
                }
            }
            throw new UnsupportedRecipientStanzaException("the file is not under a passphrase");
        }
    }

    /// What [Scrypt] is to trade for memory in this process, whose table may take five eighths of
    /// the heap.
    static OptionalInt stride(int workFactor) {
        return Scrypt.stride(workFactor, BLOCK_SIZE, Runtime.getRuntime().maxMemory() / 8 * 5);
    }

    private static byte[] key(Passphrase passphrase, byte[] salt, int workFactor) {
        byte[] labelled = Arrays.copyOf(LABEL, LABEL.length + salt.length);
        System.arraycopy(salt, 0, labelled, LABEL.length, salt.length);
        byte[] utf8 = passphrase.utf8().expose(SecretExposure.acknowledged());
        try {
            int stride = stride(workFactor).orElseThrow(OutOfMemoryError::new);
            return Scrypt.derive(utf8, labelled, workFactor, BLOCK_SIZE, 1, stride, 32);
        } finally {
            Arrays.fill(utf8, (byte) 0);
        }
    }
}
