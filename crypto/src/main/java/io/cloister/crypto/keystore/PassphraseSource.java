package io.cloister.crypto.keystore;

import io.cloister.crypto.age.Passphrase;

import java.io.IOException;

/// Where the passphrase of a protected key store comes from: a terminal, usually. Asked at most
/// once for each store that is opened, and not before it is needed: to read, or to write.
@FunctionalInterface
public interface PassphraseSource {
    /// The passphrase.
    ///
    /// @throws IOException if there is nobody to ask
    Passphrase passphrase() throws IOException;

    /// A source that has none, for where nobody can be asked.
    static PassphraseSource none() {
        return () -> {
            throw new IOException(
                    "the key store needs a passphrase, and nobody can be asked for it");
        };
    }
}
