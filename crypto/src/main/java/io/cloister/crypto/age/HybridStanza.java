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
import java.util.Optional;

/// The `mlkem768x25519` stanza as jagged plugs it in: the file key sealed by [Hpke] to an X-Wing
/// key.
final class HybridStanza {
    static final String TYPE = "mlkem768x25519";

    private static final byte[] INFO =
            "age-encryption.org/mlkem768x25519".getBytes(StandardCharsets.US_ASCII);

    private HybridStanza() {}

    /// Writes one stanza to one recipient.
    record Writer(HybridRecipient recipient, SecureRandom random) implements RecipientStanzaWriter {
        @Override
        public Iterable<RecipientStanza> getRecipientStanzas(FileKey fileKey) {
            var encapsulated = XWing.encapsulate(recipient.key().toArray(), random);
            byte[] sharedSecret = encapsulated.sharedSecret().expose(SecretExposure.acknowledged());
            byte[] body = Hpke.seal(sharedSecret, INFO, fileKey);
            Arrays.fill(sharedSecret, (byte) 0);
            encapsulated.sharedSecret().close();
            String enc = Base64NoPad.encode(encapsulated.encapsulation().toArray());
            return List.of(new Stanza(TYPE, List.of(enc), body));
        }
    }

    /// Opens the first stanza that this identity can open. The stanzas' shape has been checked by
    /// [NativeStanzas].
    record Reader(HybridIdentity identity) implements RecipientStanzaReader {
        @Override
        public FileKey getFileKey(Iterable<RecipientStanza> stanzas)
                throws GeneralSecurityException {
            for (RecipientStanza stanza : stanzas) {
                if (stanza.getType().equals(TYPE)) {
                    Optional<FileKey> fileKey = open(stanza);
                    if (fileKey.isPresent()) {
                        return fileKey.get();
                    }
                }
            }
            throw new UnsupportedRecipientStanzaException(
                    "no " + TYPE + " stanza is for this identity");
        }

        private Optional<FileKey> open(RecipientStanza stanza) throws GeneralSecurityException {
            byte[] encapsulation = Base64NoPad.decode(stanza.getArguments().getFirst());
            byte[] sharedSecret = XWing.decapsulate(identity.pair(), encapsulation);
            try {
                return Hpke.open(sharedSecret, INFO, stanza.getBody());
            } finally {
                Arrays.fill(sharedSecret, (byte) 0);
            }
        }
    }
}
