package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;

/// How user code sees its inputs.
public enum InputMode {
    /// Whole in memory, seekable; user code starts when every digest is checked.
    SEEKABLE,
    /// Forward-only, larger than memory; nothing leaves until every digest is checked.
    STREAMING;

    /// Reads the word on the wire.
    ///
    /// @throws MalformedException if there is no such word, naming `path`
    public static InputMode parse(String text, String path) throws MalformedException {
        return Words.parse(InputMode.class, text, path);
    }

    /// The word on the wire.
    public String word() {
        return Words.of(this);
    }

    @Override
    public String toString() {
        return word();
    }
}
