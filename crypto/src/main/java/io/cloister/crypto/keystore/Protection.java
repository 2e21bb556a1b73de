package io.cloister.crypto.keystore;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Passphrase;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.keystore.KeyStoreException.Kind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;

/// How a store's records are kept: clear, or sealed to an identity of the store's own that is
/// itself sealed under the passphrase. So writing needs no passphrase, and scrypt's price is paid
/// once for each time the store is opened.
sealed interface Protection {
    /// Name of the record that says which.
    String FILE = "store";

    /// The form that content is stored in.
    StoredRecord store(SecretBytes content);

    /// The content of a record.
    ///
    /// @param path names the record in errors
    SecretBytes open(StoredRecord record, String path) throws IOException;

    /// Does now what opening needs once: asking people while holding the lock would keep others
    /// waiting.
    void prepare() throws IOException;

    /// The record that [#read] reads.
    StoredRecord description();

    /// Reads a store's own description.
    ///
    /// @throws MalformedException if it is none
    static Protection read(StoredRecord record, PassphraseSource passphrases, String path)
            throws MalformedException {
        if (record.sealed()) {
            throw new MalformedException(path, "a clear record", "a sealed one");
        }
        Json json = CanonicalJson.parse(record.content().toArray(), JsonLimits.MESSAGE, path);
        Fields fields = Fields.of(json, path);
        fields.constant("type", KeyStore.STORE_TYPE);
        Protection protection;
        if (fields.has("identity")) {
            Bytes identity = fields.base64("identity", 1, 4096);
            Recipient recipient = fields.text("recipient", Recipient::parse);
            protection = new UnderPassphrase(recipient, identity, passphrases, null);
        } else {
            protection = new Clear();
        }
        fields.end();
        return protection;
    }

    /// A fresh protection under `passphrase`.
    static Protection under(Passphrase passphrase, SecureRandom random) {
        Identity identity = Identity.generate(random);
        try (SecretBytes text = identity.text(SecretExposure.acknowledged())) {
            Bytes sealed =
                    Sealing.under(passphrase).file(text.expose(SecretExposure.acknowledged()));
            return new UnderPassphrase(
                    identity.recipient(), sealed, PassphraseSource.none(), identity);
        }
    }

    /// Records are stored as they are; the folder's permissions are all that protects them.
    record Clear() implements Protection {
        @Override
        public void prepare() {}

        @Override
        public StoredRecord store(SecretBytes content) {
            return new StoredRecord(
                    false, Bytes.copyOf(content.expose(SecretExposure.acknowledged())));
        }

        @Override
        public SecretBytes open(StoredRecord record, String path) throws IOException {
            if (record.sealed()) {
                throw new KeyStoreException(
                        Kind.DAMAGED, path + ": sealed, in a key store without passphrase");
            }
            return SecretBytes.copyOf(record.content().toArray(), SecretExposure.acknowledged());
        }

        @Override
        public StoredRecord description() {
            return clear(Json.object().put("type", KeyStore.STORE_TYPE).build());
        }
    }

    private static StoredRecord clear(Json json) {
        return new StoredRecord(false, Bytes.copyOf(CanonicalJson.write(json)));
    }

    /// Records are sealed. Asks for the passphrase once, when something is first to be opened.
    final class UnderPassphrase implements Protection {
        private final Recipient recipient;
        private final Bytes sealedIdentity;
        private final PassphraseSource passphrases;
        private @Nullable Identity identity;

        private UnderPassphrase(
                Recipient recipient,
                Bytes sealedIdentity,
                PassphraseSource passphrases,
                @Nullable Identity identity) {
            this.recipient = recipient;
            this.sealedIdentity = sealedIdentity;
            this.passphrases = passphrases;
            this.identity = identity;
        }

        @Override
        public void prepare() throws IOException {
            identity();
        }

        @Override
        public StoredRecord store(SecretBytes content) {
            byte[] clear = content.expose(SecretExposure.acknowledged());
            return new StoredRecord(true, Sealing.to(List.of(recipient)).file(clear));
        }

        @Override
        public SecretBytes open(StoredRecord record, String path) throws IOException {
            if (!record.sealed()) {
                throw new KeyStoreException(
                        Kind.DAMAGED, path + ": clear, in a key store under a passphrase");
            }
            Opening opening = Opening.with(identity());
            try {
                return opening.open(record.content(), StoredRecord.MAX_LENGTH);
            } catch (AgeException e) {
                throw new KeyStoreException(
                        Kind.DAMAGED, path + ": cannot be opened with this key store's own key", e);
            }
        }

        @Override
        public StoredRecord description() {
            return clear(
                    Json.object()
                            .put("type", KeyStore.STORE_TYPE)
                            .put("identity", sealedIdentity.base64())
                            .put("recipient", recipient.text().value())
                            .build());
        }

        private synchronized Identity identity() throws IOException {
            if (identity == null) {
                identity = openIdentity(passphrases.passphrase());
            }
            return identity;
        }

        private Identity openIdentity(Passphrase passphrase) throws KeyStoreException {
            try (SecretBytes text = Opening.with(passphrase).open(sealedIdentity, 256)) {
                return Identity.parse(text, "store identity");
            } catch (AgeException e) {
                if (e.stage() == AgeException.Stage.NO_MATCH) {
                    throw new KeyStoreException(
                            Kind.PASSPHRASE, "the passphrase of the key store is another", e);
                }
                throw new KeyStoreException(Kind.DAMAGED, "the key store's own key is damaged", e);
            } catch (MalformedException e) {
                throw new KeyStoreException(Kind.DAMAGED, "the key store's own key is damaged", e);
            }
        }
    }
}
