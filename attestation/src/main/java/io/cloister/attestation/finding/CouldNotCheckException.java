package io.cloister.attestation.finding;

/// A check could not be made, for want of something that should have been there. This is neither a
/// refusal nor an acceptance, and callers must not turn it into either.
public final class CouldNotCheckException extends Exception {
    private static final long serialVersionUID = 1L;

    /// @param message what is missing, and where it comes from
    public CouldNotCheckException(String message) {
        super(message);
    }
}
