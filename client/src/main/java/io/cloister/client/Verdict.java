package io.cloister.client;

import java.util.Comparator;
import java.util.List;

/// How a procedure of checks came out: everything passed, or all that did not.
///
/// @param <T> what may be used if everything passed
public sealed interface Verdict<T> {
    /// Every check passed.
    ///
    /// @param value what was checked
    /// @param <T> its type
    record Accepted<T>(T value) implements Verdict<T> {}

    /// At least one check did not pass. If each of them merely could not be made, nothing was
    /// refused either.
    ///
    /// @param findings all of them, in the order of the procedure; never empty
    /// @param <T> what would have been accepted
    record Refused<T>(List<Finding> findings) implements Verdict<T> {
        public Refused {
            findings = List.copyOf(findings);
            if (findings.isEmpty()) {
                throw new IllegalArgumentException("a refusal has reasons");
            }
        }

        /// The gravest kind among the findings.
        public Finding.Kind kind() {
            return findings.stream()
                    .map(Finding::kind)
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    /// The value, or the findings as an exception.
    ///
    /// @throws RefusedException if a check did not pass
    default T orThrow() throws RefusedException {
        return switch (this) {
            case Accepted<T>(var value) -> value;
            case Refused<T> refused -> throw new RefusedException(refused);
        };
    }
}
