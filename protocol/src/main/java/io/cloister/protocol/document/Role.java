package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;

/// What a participant does. A pure Owner has no role.
public enum Role {
    CODE_PROVIDER,
    DATA_PROVIDER,
    RESULT_CONSUMER;

    /// Reads the word on the wire.
    ///
    /// @throws MalformedException if there is no such word, naming `path`
    public static Role parse(String text, String path) throws MalformedException {
        return Words.parse(Role.class, text, path);
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
