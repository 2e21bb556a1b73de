package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;

/// Whether the kernel that an agent runs on could write its memory, and so code and data in clear,
/// to a swap device (spec/documents.md §6). In an encrypted virtual machine that is the guest's own
/// swap: what its host swaps is ciphertext.
public enum Swap {
    /// It has none.
    OFF,
    /// It has some.
    ON,
    /// The agent could not see.
    UNKNOWN;

    /// Reads the word on the wire.
    ///
    /// @throws MalformedException if there is no such word, naming `path`
    public static Swap parse(String text, String path) throws MalformedException {
        return Words.parse(Swap.class, text, path);
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
