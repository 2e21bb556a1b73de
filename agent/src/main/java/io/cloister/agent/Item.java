package io.cloister.agent;

import io.cloister.protocol.Bytes;

/// What the control plane passes on to the agent (spec/agent-link.md §4.4). Whose it is stands
/// inside, signed.
sealed interface Item {
    /// A sealed grant.
    ///
    /// @param number of the item
    /// @param sealed as it came
    record SealedGrant(long number, Bytes sealed) implements Item {}

    /// A sealed input list.
    ///
    /// @param number of the item
    /// @param sealed as it came
    record SealedInputs(long number, Bytes sealed) implements Item {}

    /// The agent should end.
    ///
    /// @param reason the control plane's words
    record Stop(String reason) implements Item {}

    /// Nothing came in the time asked for.
    record Nothing() implements Item {}
}
