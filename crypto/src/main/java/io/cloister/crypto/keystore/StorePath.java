package io.cloister.crypto.keystore;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// The place of a file in a key store's folder. There are no others, so that a backup cannot name
/// one outside.
///
/// @param value with `/` between folder and file
record StorePath(String value) implements Comparable<StorePath> {
    static final String COMPUTATIONS = "computations";
    static final String SETTINGS = "settings";
    static final String DOCUMENTS = "documents";

    private static final String FOLDER = COMPUTATIONS + "/[0-9a-f]{32}-[0-9a-f]{32}";
    private static final Pattern FORM =
            Pattern.compile(
                    "("
                            + FOLDER
                            + "/(name|keys|documents/NAME)|settings/NAME)"
                                    .replace("NAME", Documents.NAME_FORM));

    StorePath {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("no place in a key store: " + value);
        }
    }

    static StorePath parse(String text, String path) throws MalformedException {
        if (!FORM.matcher(text).matches()) {
            throw new MalformedException(path, "a place in a key store", text);
        }
        return new StorePath(text);
    }

    static StorePath keysOf(KeyName name) {
        return new StorePath(folder(name) + "/keys");
    }

    static StorePath nameOf(KeyName name) {
        return new StorePath(folder(name) + "/name");
    }

    /// The folder of a computation; the server's part is a digest, since an address may hold
    /// characters that a file name may not.
    static String folder(KeyName name) {
        String server = Sha256.of(Bytes.utf8(name.server())).hex().substring(0, 32);
        return COMPUTATIONS + "/" + server + "-" + name.computation();
    }

    boolean isName() {
        return isOfComputation()
                && value.endsWith("/name")
                && !value.contains("/" + DOCUMENTS + "/");
    }

    boolean isOfComputation() {
        return value.startsWith(COMPUTATIONS + "/");
    }

    /// The name file beside a computation's file.
    StorePath name() {
        return new StorePath(
                value.substring(0, value.indexOf('/', COMPUTATIONS.length() + 1)) + "/name");
    }

    /// The folders it stands in, from the store's folder down.
    List<String> folders() {
        List<String> parts = List.of(value.split("/", -1));
        return parts.subList(0, parts.size() - 1);
    }

    Path in(Path store) {
        return store.resolve(value);
    }

    @Override
    public int compareTo(StorePath other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
