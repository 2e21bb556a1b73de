package io.cloister.crypto.cosmian;

import java.io.IOException;

/// What came can't be opened: it is malformed, was changed, or is not for this key. Like every
/// failure to read it is an [IOException], so that streams can throw it; any *other* `IOException`
/// means that it could not be looked at.
///
/// The message says which check refused. Whoever answers a stranger passes no part of it on.
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    /// The check that refused, in the order they are made. `spec/vectors/cosmian` names the same.
    public enum Stage {
        /// It has not the length it must have.
        LENGTH,
        /// It is not signed by whom it must be.
        SIGNATURE,
        /// What it was sealed with, or is to be sealed to, is no key.
        KEY,
        /// It was changed, or is under another key.
        TAG
    }

    private final Stage stage;

    RefusedException(Stage stage, String message) {
        super(message);
        this.stage = stage;
    }

    /// Which check refused.
    public Stage stage() {
        return stage;
    }
}
