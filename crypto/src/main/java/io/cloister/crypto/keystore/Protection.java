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
import java.util.Optional;

/// How a store's records are kept: clear, or sealed to an identity of the store's own that is
/// itself sealed under the passphrase, each with a tag by a key of that identity. So scrypt's price
/// is paid once for each time the store is opened.
sealed interface Protection {
    /// Name of the record that describes it.
    String FILE = "store";

    /// The form that content is stored in at `place`.
    StoredRecord store(StorePath place, SecretBytes content) throws IOException;

    /// The content of the record found at `place`.
    ///
    /// @param path names the record in errors
    SecretBytes open(StorePath place, StoredRecord record, String path) throws IOException;

    /// Does now what opening and storing need once: asking people while holding the lock would keep
    /// others waiting.
    void prepare() throws IOException;

    /// The record that [#read] or [#readClear] reads.
    StoredRecord description();

    /// Reads the description of a store under a passphrase.
    ///
    /// @throws MalformedException if it is none
    static Protection read(StoredRecord record, PassphraseSource passphrases, String path)
            throws MalformedException {
        Fields fields = fields(record, path);
        fields.constant("type", KeyStore.SEALED_TYPE);
        Bytes identity = fields.base64("identity", 1, 4096);
        Recipient recipient = fields.text("recipient", Recipient::parse);
        fields.end();
        return new UnderPassphrase(recipient, identity, passphrases, null);
    }

    /// Reads the description of a store without passphrase.
    ///
    /// @throws MalformedException if it is none
    static Protection readClear(StoredRecord record, String path) throws MalformedException {
        Fields fields = fields(record, path);
        fields.constant("type", KeyStore.STORE_TYPE);
        fields.end();
        return new Clear();
    }

    private static Fields fields(StoredRecord record, String path) throws MalformedException {
        if (record.sealed()) {
            throw new MalformedException(path, "a clear record", "a sealed one");
        }
        Json json = CanonicalJson.parse(record.content().toArray(), JsonLimits.MESSAGE, path);
        return Fields.of(json, path);
    }

    /// A fresh protection under `passphrase`.
    static UnderPassphrase under(Passphrase passphrase, SecureRandom random) {
        return UnderPassphrase.of(Identity.generate(random), passphrase);
    }

    /// Records are stored as they are; the folder's permissions are all that protects them.
    record Clear() implements Protection {
        @Override
        public void prepare() {}

        @Override
        public StoredRecord store(StorePath place, SecretBytes content) {
            return StoredRecord.clear(Bytes.copyOf(content.expose(SecretExposure.acknowledged())));
        }

        @Override
        public SecretBytes open(StorePath place, StoredRecord record, String path)
                throws IOException {
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
        return StoredRecord.clear(Bytes.copyOf(CanonicalJson.write(json)));
    }

    /// Records are sealed and tagged. Asks for the passphrase once, when it is first needed.
    final class UnderPassphrase implements Protection {
        private final Recipient recipient;
        private final Bytes sealedIdentity;
        private final PassphraseSource passphrases;
        private @Nullable Opened opened;

        private UnderPassphrase(
                Recipient recipient,
                Bytes sealedIdentity,
                PassphraseSource passphrases,
                @Nullable Opened opened) {
            this.recipient = recipient;
            this.sealedIdentity = sealedIdentity;
            this.passphrases = passphrases;
            this.opened = opened;
        }

        /// What the passphrase opens.
        private record Opened(Identity identity, RecordKey key) {
            static Opened of(Identity identity) {
                return new Opened(identity, RecordKey.of(identity));
            }

            @Override
            public String toString() {
                return "Opened[]";
            }
        }

        private static UnderPassphrase of(Identity identity, Passphrase passphrase) {
            try (SecretBytes text = identity.text(SecretExposure.acknowledged())) {
                Bytes sealed =
                        Sealing.under(passphrase).file(text.expose(SecretExposure.acknowledged()));
                return new UnderPassphrase(
                        identity.recipient(), sealed, PassphraseSource.none(), Opened.of(identity));
            }
        }

        /// The same records under another passphrase.
        UnderPassphrase under(Passphrase passphrase) throws IOException {
            return of(opened().identity(), passphrase);
        }

        @Override
        public void prepare() throws IOException {
            opened();
        }

        @Override
        public StoredRecord store(StorePath place, SecretBytes content) throws IOException {
            // To the recipient of what was opened: the one written in the store is not believed.
            Opened own = opened();
            Bytes sealed =
                    Sealing.to(List.of(own.identity().recipient()))
                            .file(content.expose(SecretExposure.acknowledged()));
            return new StoredRecord(sealed, Optional.of(own.key().tag(place, sealed)));
        }

        @Override
        public SecretBytes open(StorePath place, StoredRecord record, String path)
                throws IOException {
            if (!record.sealed()) {
                throw new KeyStoreException(
                        Kind.DAMAGED, path + ": clear, in a key store under a passphrase");
            }
            Opened own = opened();
            if (!own.key().accepts(place, record.content(), record.tag().orElseThrow())) {
                throw new KeyStoreException(
                        Kind.DAMAGED,
                        path
                                + ": not a record that this key store wrote here; somebody changed"
                                + " it or put it there"
                                + KeyStoreException.RESTORE_HINT);
            }
            try {
                return Opening.with(own.identity()).open(record.content(), StoredRecord.MAX_LENGTH);
            } catch (AgeException e) {
                throw new KeyStoreException(
                        Kind.DAMAGED, path + ": cannot be opened with this key store's own key", e);
            }
        }

        @Override
        public StoredRecord description() {
            return clear(
                    Json.object()
                            .put("type", KeyStore.SEALED_TYPE)
                            .put("identity", sealedIdentity.base64())
                            .put("recipient", recipient.text().value())
                            .build());
        }

        private synchronized Opened opened() throws IOException {
            if (opened == null) {
                opened = Opened.of(openIdentity(passphrases.passphrase()));
            }
            return opened;
        }

        private Identity openIdentity(Passphrase passphrase) throws KeyStoreException {
            Identity identity;
            try (SecretBytes text = Opening.with(passphrase).open(sealedIdentity, 256)) {
                identity = Identity.parse(text, "store identity");
            } catch (AgeException e) {
                if (e.stage() == AgeException.Stage.NO_MATCH) {
                    throw new KeyStoreException(
                            Kind.PASSPHRASE, "the passphrase of the key store is another", e);
                }
                throw new KeyStoreException(Kind.DAMAGED, "the key store's own key is damaged", e);
            } catch (MalformedException e) {
                throw new KeyStoreException(Kind.DAMAGED, "the key store's own key is damaged", e);
            }
            if (!identity.recipient().text().equals(recipient.text())) {
                throw new KeyStoreException(
                        Kind.DAMAGED,
                        "the key store names another recipient than its own key's; somebody"
                                + " changed it"
                                + KeyStoreException.RESTORE_HINT);
            }
            return identity;
        }
    }
}
