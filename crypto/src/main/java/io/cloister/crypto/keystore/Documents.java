package io.cloister.crypto.keystore;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Named documents that a client must remember: agreements, grants, accepted runs, tokens. What is
/// in them is the client's business.
///
/// A document is there whole or not at all, and durable when a call returns. Safe for use by
/// several threads and processes. Names have 1 to 128 characters of `a-z`, `0-9`, `-`, `_` and `.`,
/// and begin with a letter or digit.
public final class Documents {
    static final String NAME_FORM = "[a-z0-9][a-z0-9._-]{0,127}";

    private static final Pattern NAME = Pattern.compile(NAME_FORM);

    private final KeyStore store;
    private final String folder;
    private final Optional<KeyName> computation;

    /// @param folder within the store's folder
    /// @param computation whose documents they are
    Documents(KeyStore store, String folder, Optional<KeyName> computation) {
        this.store = store;
        this.folder = folder;
        this.computation = computation;
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /// All names, in order.
    ///
    /// @throws IOException if the store cannot be read
    public List<String> names() throws IOException {
        return StoreFiles.list(store.records().resolve(folder)).stream()
                .filter(Documents::isName)
                .toList();
    }

    /// The document called `name`, or nothing.
    ///
    /// @throws KeyStoreException if it is damaged or open to others, or the passphrase is wrong
    /// @throws IOException if the store cannot be read
    public Optional<SecretBytes> secret(String name) throws IOException {
        return store.content(path(name));
    }

    /// As [#secret], for what is none.
    ///
    /// @throws IOException as [#secret]
    public Optional<Bytes> get(String name) throws IOException {
        return secret(name)
                .map(content -> Bytes.copyOf(content.expose(SecretExposure.acknowledged())));
    }

    /// Stores a document, in place of an older one of that name.
    ///
    /// @throws IllegalArgumentException if the name has another form or the content more than 16
    ///   MiB
    /// @throws IOException if it cannot be stored; the older one is still there then
    public void putSecret(String name, SecretBytes content) throws IOException {
        StorePath path = path(name);
        store.locked(() -> {
            write(path, content);
            return true;
        });
    }

    /// As [#putSecret], for what is none.
    ///
    /// @throws IOException as [#putSecret]
    public void put(String name, Bytes content) throws IOException {
        putSecret(name, secret(content));
    }

    /// Stores a document unless there is one of that name: one writer wins, whatever the number of
    /// processes.
    ///
    /// @return whether it was stored
    /// @throws IllegalArgumentException as [#putSecret]
    /// @throws IOException if it cannot be stored
    public boolean putIfAbsent(String name, Bytes content) throws IOException {
        StorePath path = path(name);
        return store.locked(() -> {
            if (store.isPresent(path)) {
                return false;
            }
            write(path, secret(content));
            return true;
        });
    }

    /// Removes a document.
    ///
    /// @return whether it was there
    /// @throws IOException if it cannot be removed
    public boolean remove(String name) throws IOException {
        StorePath path = path(name);
        return store.locked(() -> StoreFiles.remove(path.in(store.records())));
    }

    private void write(StorePath path, SecretBytes content) throws IOException {
        if (computation.isPresent()) {
            store.writeName(computation.get());
        }
        store.write(path, content);
    }

    private StorePath path(String name) {
        if (!isName(name)) {
            throw new IllegalArgumentException("not a document's name: " + name);
        }
        return new StorePath(folder + "/" + name);
    }

    private static SecretBytes secret(Bytes content) {
        return SecretBytes.copyOf(content.toArray(), SecretExposure.acknowledged());
    }
}
