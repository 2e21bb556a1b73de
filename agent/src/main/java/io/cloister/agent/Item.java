package io.cloister.agent;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.document.Seat;

/// What the control plane passes on to the agent (spec/agent-link.md §4.4).
sealed interface Item {
    /// Something to decide on. Whose a sealed document is stands inside, signed.
    sealed interface Given extends Item {
        /// Number of the item, ascending.
        long number();
    }

    /// A sealed grant.
    ///
    /// @param number of the item
    /// @param sealed as it came
    record SealedGrant(long number, Bytes sealed) implements Given {}

    /// A sealed input list.
    ///
    /// @param number of the item
    /// @param sealed as it came
    record SealedInputs(long number, Bytes sealed) implements Given {}

    /// A key blob of the Cosmian dialect.
    ///
    /// @param number of the item
    /// @param seat whose, as the control plane says; the signature inside shows it
    /// @param blob as it came
    record Key(long number, Seat seat, Bytes blob) implements Given {}

    /// The inputs of a run in the Cosmian dialect: the control plane's word.
    ///
    /// @param number of the item
    /// @param content as it came
    record ServedInputs(long number, Bytes content) implements Given {}

    /// The agent should end.
    ///
    /// @param reason the control plane's words
    record Stop(String reason) implements Item {}

    /// Nothing came in the time asked for.
    record Nothing() implements Item {}
}
