package io.cloister.client;

import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.keystore.ParticipantKeys;
import io.cloister.protocol.dsse.Envelope;

import java.util.Optional;

/// A participant's keys for one computation, made for it alone, and the card that shows their
/// public halves.
///
/// @param own the keys
/// @param card the registered card, once signed
record Keys(ParticipantKeys own, Optional<Envelope> card) {
    Keys with(Envelope signedCard) {
        return new Keys(own, Optional.of(signedCard));
    }

    /// Signs this person's documents.
    SigningKey signing() {
        return own.signing();
    }

    /// Opens what others encrypt to this person.
    Identity receiving() {
        return own.receive();
    }

    /// Encrypts this person's code and data.
    Identity sealing() {
        return own.encrypt();
    }
}
