package io.cloister.agent;

import java.time.Instant;

/// What became of a sealed document. Everyone of the computation reads it, so it says nothing of
/// what was inside.
sealed interface Verdict {
    /// It was taken, now or when the same came before.
    ///
    /// @param expires when the signer's grant ends
    record Accepted(Instant expires) implements Verdict {}

    /// It was not taken, and nothing changed.
    ///
    /// @param code stable
    /// @param sentence for people; fixed text, never part of the document
    record Refused(RefusalCode code, String sentence) implements Verdict {}
}
