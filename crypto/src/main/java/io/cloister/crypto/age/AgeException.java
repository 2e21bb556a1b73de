package io.cloister.crypto.age;

import java.io.IOException;

/// An age file cannot be opened: it is malformed, was changed, or is not for this key.
///
/// The [#stage] tells which check refused, in the order they are made. Like every failure to read
/// it is an [IOException], so that streams can throw it; any *other* `IOException` means that the
/// file could not be looked at.
public final class AgeException extends IOException {
    private static final long serialVersionUID = 1L;

    /// The check that refused. C2SP's test vectors name the same ones.
    public enum Stage {
        /// The ASCII armor is malformed.
        ARMOR,
        /// The header is malformed, out of bounds, or combines stanzas that must not be combined.
        HEADER,
        /// The header is well formed, but nothing in it is for this key.
        NO_MATCH,
        /// The header was changed after it was written: its MAC does not fit.
        HMAC,
        /// The payload was changed, cut, extended or reordered.
        PAYLOAD
    }

    private final Stage stage;

    AgeException(Stage stage, String message) {
        super(message);
        this.stage = stage;
    }

    AgeException(Stage stage, String message, Throwable cause) {
        super(message, cause);
        this.stage = stage;
    }

    /// Which check refused.
    public Stage stage() {
        return stage;
    }
}
