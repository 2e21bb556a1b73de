package io.cloister.client.code;

import io.cloister.protocol.Shown;

/// A project's requirements can't be locked. The texts are fit to be shown.
public final class PackagesException extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int MAX_TEXT = 600;

    private final String code;
    private final String hint;

    PackagesException(String code, String message, String hint) {
        super(Shown.escaped(message, MAX_TEXT));
        this.code = code;
        this.hint = Shown.escaped(hint, MAX_TEXT);
    }

    /// Stable word for programs, as in `requirement-sdist`.
    public String code() {
        return code;
    }

    /// What to do.
    public String hint() {
        return hint;
    }
}
