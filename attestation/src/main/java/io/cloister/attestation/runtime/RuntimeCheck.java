package io.cloister.attestation.runtime;

import io.cloister.protocol.Shown;

import java.util.List;

/// What came of checking a built runtime.
public sealed interface RuntimeCheck {
    /// Exactly what the lock says.
    ///
    /// @param runtime the proof of it
    record Intact(VerifiedRuntime runtime) implements RuntimeCheck {}

    /// Something else. Nothing of it may be used.
    ///
    /// @param problems the first few, fit to be shown; at least one
    record Altered(List<String> problems) implements RuntimeCheck {
        private static final int MAX = 20;
        private static final int MAX_TEXT = 400;

        public Altered {
            problems =
                    problems.stream()
                            .sorted()
                            .limit(MAX)
                            .map(problem -> Shown.escaped(problem, MAX_TEXT))
                            .toList();
        }
    }
}
