package io.cloister.protocol;

/// Bytes from outside do not have the form they must have. The message names the field, what was
/// expected and what came; what came is escaped and cut, so it may be shown.
public final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String path;

    private static final int MAX_PATH = 200;

    /// @param path where, as in `proposal.terms.runs`; it is escaped and bounded here
    /// @param expected what the form demands
    /// @param actual what came; it is escaped and bounded here
    public MalformedException(String path, String expected, String actual) {
        super(
                Shown.escaped(path, MAX_PATH)
                        + ": expected "
                        + expected
                        + ", got "
                        + Shown.bounded(actual));
        this.path = Shown.escaped(path, MAX_PATH);
    }

    /// Where the malformed value stands, as in `proposal.terms.runs`.
    public String path() {
        return path;
    }
}
