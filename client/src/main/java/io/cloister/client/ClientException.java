package io.cloister.client;

import io.cloister.crypto.keystore.KeyStoreException;
import io.cloister.protocol.Shown;

/// What was asked can't be done, for a reason on this machine or in the computation's state;
/// nothing was done. The texts are fit to be shown.
public final class ClientException extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int MAX_TEXT = 600;

    private final Kind kind;
    private final String hint;

    /// The kinds of reasons.
    public enum Kind {
        /// Asked for in a way that can't be meant.
        USAGE,
        /// Something that must be there isn't, as a computation, key or file.
        NOT_FOUND,
        /// Not now: something must happen first, or happened already.
        STATE,
        /// Waited as long as was asked.
        TIMEOUT,
        /// A file or the key store can't be read or written.
        LOCAL
    }

    ClientException(Kind kind, String message, String hint) {
        super(Shown.escaped(message, MAX_TEXT));
        this.kind = kind;
        this.hint = Shown.escaped(hint, MAX_TEXT);
    }

    ClientException(Kind kind, String message) {
        this(kind, message, "");
    }

    static ClientException local(String what, Exception cause) {
        String message =
                cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        var exception = new ClientException(Kind.LOCAL, what + ": " + message);
        exception.initCause(cause);
        return exception;
    }

    static ClientException keyStore(KeyStoreException cause) {
        String hint =
                switch (cause.kind()) {
                    case PASSPHRASE ->
                            "try again, or say where the passphrase is with --passphrase-file";
                    case EXPOSED ->
                            "the folder must be yours, and yours alone: chmod -R go= FOLDER";
                    case BUSY -> "try again";
                    case UNPROTECTED ->
                            "if it never had a passphrase, add one with: cloister keys protect,"
                                    + " without --protected and $CLOISTER_PROTECTED";
                    case PLACE, DAMAGED, CONFLICT, BACKUP -> "";
                };
        var exception = new ClientException(Kind.LOCAL, String.valueOf(cause.getMessage()), hint);
        exception.initCause(cause);
        return exception;
    }

    /// Of which kind.
    public Kind kind() {
        return kind;
    }

    /// What to do, or nothing.
    public String hint() {
        return hint;
    }
}
