package io.cloister.protocol.state;

import io.cloister.protocol.Email;

import java.util.List;

/// What an event does.
public sealed interface Transition {
    /// It holds: `next` is the state from now on, once the event is durable; then the effects are
    /// carried out.
    ///
    /// @param next the new state
    /// @param effects what has to be done outside
    record Accepted(Computation next, List<Effect> effects) implements Transition {
        public Accepted {
            effects = List.copyOf(effects);
        }
    }

    /// It says what is so already: nothing is recorded, the caller is answered as if it were new.
    record Unchanged() implements Transition {}

    /// It does not hold in this state.
    ///
    /// @param code stable, such as `wrong-state` or `card.exists`
    /// @param sentence for people
    record Refused(String code, String sentence) implements Transition {}

    /// Something to do outside, after the event is durable. Doing it twice does no harm.
    sealed interface Effect {}

    /// Order an enclave for the agreement.
    record OrderEnclave() implements Effect {}

    /// Stop the enclave.
    ///
    /// @param enclave its number
    /// @param reason why
    record StopEnclave(long enclave, StopReason reason) implements Effect {}

    /// Delete what a person stored.
    ///
    /// @param person whose blobs
    record DeleteBlobs(Email person) implements Effect {}
}
