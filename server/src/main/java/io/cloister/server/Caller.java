package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;

import java.time.Instant;

/// Who sent a request, as far as a token tells.
sealed interface Caller {
    /// Nobody in particular.
    record Anonymous() implements Caller {}

    /// Whoever holds an access token of an account.
    ///
    /// @param email the account
    /// @param expires when the token ends
    record AccountHolder(Email email, Instant expires) implements Caller {}

    /// Whoever redeemed an enrolment token: one computation only.
    ///
    /// @param email the invitation's
    /// @param expires when the token ends
    /// @param computation the one
    record Guest(Email email, Instant expires, ComputationId computation) implements Caller {}
}
