package io.cloister.agent;

import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.cosmian.SecretboxKey;
import io.cloister.crypto.cosmian.SecretboxSealing;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.VerifiedAgreement;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Encrypts outputs to their readers.
sealed interface OutputSealing {
    /// Encrypts one output while it is written.
    interface Cipher {
        /// Takes what is written and passes the body on, which nobody opens without the head.
        OutputStream body(OutputStream sink) throws IOException;

        /// What the body lacks; where it [does not come first][OutputSealing#isIndexed] only after
        /// the body has ended.
        Bytes head();
    }

    /// The cipher for the next output to `reader`.
    Cipher to(Email reader) throws IOException;

    /// Whether results have names, which an index says with their true sizes, and are padded; the
    /// digest of a file is then over head ‖ body, else over body ‖ head.
    boolean isIndexed();

    /// age files, to the recipients of the cards.
    ///
    /// @param agreement has the cards
    record Age(VerifiedAgreement agreement) implements OutputSealing {
        @Override
        public Cipher to(Email reader) throws IOException {
            Sealing sealing;
            try {
                sealing =
                        Sealing.to(
                                List.of(
                                        Recipient.of(
                                                agreement.card(reader).recipient(),
                                                "card.recipient")));
            } catch (MalformedException e) {
                throw new IOException(
                        "an agreement whose recipients can't be encrypted to is refused", e);
            }
            return new Cipher() {
                @Override
                public OutputStream body(OutputStream sink) throws IOException {
                    return sealing.body(sink);
                }

                @Override
                public Bytes head() {
                    return sealing.header();
                }
            };
        }

        @Override
        public boolean isIndexed() {
            return true;
        }
    }

    /// Secretbox messages, under the consumers' own keys.
    ///
    /// @param keys of every Result Consumer
    /// @param random for nonces
    record Secretbox(Map<Email, SecretboxKey> keys, SecureRandom random) implements OutputSealing {
        public Secretbox {
            keys = Map.copyOf(keys);
        }

        @Override
        public Cipher to(Email reader) {
            SecretboxKey key = keys.get(reader);
            if (key == null) {
                throw new CloisterBugException("a plan has the key of every Result Consumer");
            }
            return new Cipher() {
                private @Nullable SecretboxSealing sealing;

                @Override
                public OutputStream body(OutputStream sink) {
                    var begun = new SecretboxSealing(key, random, sink);
                    sealing = begun;
                    return begun;
                }

                @Override
                public Bytes head() {
                    return Objects.requireNonNull(sealing, "the body has ended").head();
                }
            };
        }

        @Override
        public boolean isIndexed() {
            return false;
        }
    }
}
