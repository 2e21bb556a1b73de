package io.cloister.crypto.keystore;

import io.cloister.protocol.MalformedException;

import java.io.IOException;

/// The key store refuses. Nothing in it was changed or lost; the message names the file and what to
/// do about it.
///
/// Any other [IOException] means that the file system failed.
public final class KeyStoreException extends IOException {
    static final String RESTORE_HINT = "; bring it back from a backup";

    private static final long serialVersionUID = 1L;

    /// Why it refuses.
    public enum Kind {
        /// There is no key store in this place, or there is one already.
        PLACE,
        /// Somebody else may read or replace its files: another user's, wider permissions than 0700
        /// and 0600, or a symbolic link.
        EXPOSED,
        /// A file is damaged: cut, changed, or of an unknown form.
        DAMAGED,
        /// Another process is writing to it and does not finish.
        BUSY,
        /// The passphrase is wrong.
        PASSPHRASE,
        /// A passphrase was given, and the store is under none.
        UNPROTECTED,
        /// What is to be stored differs from what is there.
        CONFLICT,
        /// A backup cannot be opened or read.
        BACKUP
    }

    private final Kind kind;

    KeyStoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    KeyStoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /// A file that is not what it must be. Only for readers whose messages quote no secret.
    static KeyStoreException damaged(MalformedException e) {
        return new KeyStoreException(Kind.DAMAGED, e.getMessage() + RESTORE_HINT, e);
    }

    /// Why it refuses.
    public Kind kind() {
        return kind;
    }
}
