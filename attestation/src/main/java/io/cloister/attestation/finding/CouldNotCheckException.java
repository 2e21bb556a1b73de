package io.cloister.attestation.finding;

import java.util.ArrayList;
import java.util.List;

/// A check could not be made, for want of something that should have been there. This is neither a
/// refusal nor an acceptance, and callers must not turn it into either.
public final class CouldNotCheckException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Finding> made;

    /// @param message what is missing, and where it comes from
    public CouldNotCheckException(String message) {
        this(message, List.of());
    }

    private CouldNotCheckException(String message, List<Finding> made) {
        super(message);
        this.made = List.copyOf(made);
    }

    /// The same, after `checks` were made, none of which refuses.
    public CouldNotCheckException after(List<Finding> checks) {
        var whole = new CouldNotCheckException(String.valueOf(getMessage()), checks);
        whole.initCause(this);
        return whole;
    }

    /// What was established all the same, and last, under `endorsements-present` and as not
    /// checked, what is missing.
    public List<Finding> findings() {
        var all = new ArrayList<>(made);
        all.add(
                new Finding(
                        FindingCode.ENDORSEMENTS_PRESENT,
                        Finding.Outcome.NOT_CHECKED,
                        String.valueOf(getMessage()),
                        "",
                        ""));
        return List.copyOf(all);
    }
}
