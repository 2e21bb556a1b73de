package io.cloister.attestation.finding;

import io.cloister.protocol.Shown;

/// Evidence or an Endorsement is of a kind this version does not know: it is refused, never
/// skipped.
public final class UnknownKindException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String kind;

    /// @param what which document
    /// @param kind the word found; it is escaped and bounded here
    public UnknownKindException(String what, String kind) {
        super("unknown kind of " + what + ": " + Shown.bounded(kind));
        this.kind = Shown.bounded(kind);
    }

    /// The word found, fit to be shown.
    public String kind() {
        return kind;
    }
}
