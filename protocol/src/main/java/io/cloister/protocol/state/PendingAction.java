package io.cloister.protocol.state;

import io.cloister.protocol.Email;

import java.util.Locale;
import java.util.Optional;

/// Something a computation waits for.
///
/// @param who whose turn it is; empty for the control plane's or the enclave's
/// @param action what
/// @param detail for people
public record PendingAction(Optional<Email> who, Action action, String detail) {
    /// What a computation can wait for.
    public enum Action {
        JOIN,
        PUSH_CODE,
        SIGN_AGREEMENT,
        REQUEST_ENCLAVE,
        START_ENCLAVE,
        APPROVE,
        SUBMIT_INPUTS,
        RUN,
        END_ENCLAVE,
        FETCH_RESULT;

        /// The word on the wire.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
