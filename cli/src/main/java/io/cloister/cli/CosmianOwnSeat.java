package io.cloister.cli;

import io.cloister.client.CosmianEnclave;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Seat;

import java.util.Optional;

/// Who the reader is in a computation of the Cosmian dialect, and with which key.
///
/// @param seat who, as what
/// @param key the reader's own
record CosmianOwnSeat(Seat seat, PublicSigningKey key) {
    /// Reads what was typed.
    ///
    /// @param key 64 hexadecimal digits
    /// @param seat as in `alice@example.org/data-provider`
    /// @return nobody if neither is given
    static Optional<CosmianOwnSeat> of(String key, String seat) throws MalformedException {
        if (key.isEmpty()) {
            return Optional.empty();
        }
        int slash = seat.lastIndexOf('/');
        if (slash < 0) {
            throw new MalformedException("--own-seat", "an e-mail, / and a role", seat);
        }
        return Optional.of(
                new CosmianOwnSeat(
                        new Seat(
                                Email.parse(seat.substring(0, slash), "--own-seat"),
                                Role.parse(seat.substring(slash + 1), "--own-seat")),
                        PublicSigningKey.parse("ed25519:" + key, "--own-key")));
    }

    /// Whether the key is at exactly this place.
    boolean isIn(CosmianEnclave enclave) {
        return enclave.keyOf(seat).filter(key::equals).isPresent();
    }
}
