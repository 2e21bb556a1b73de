package io.cloister.client;

import java.util.List;

/// Checks on this machine did not let something pass; nothing was done.
public final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Verdict.Refused<?> refused;

    RefusedException(Verdict.Refused<?> refused) {
        super(
                refused.findings().getFirst().sentence()
                        + (refused.findings().size() > 1
                                ? " (and " + (refused.findings().size() - 1) + " more)"
                                : ""));
        this.refused = refused;
    }

    static RefusedException of(Finding.Kind kind, String code, String sentence) {
        return new RefusedException(
                new Verdict.Refused<Void>(List.of(new Finding(kind, code, sentence))));
    }

    /// All findings.
    public List<Finding> findings() {
        return refused.findings();
    }

    /// The gravest kind among them.
    public Finding.Kind kind() {
        return refused.kind();
    }
}
