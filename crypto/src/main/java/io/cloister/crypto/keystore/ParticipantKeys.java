package io.cloister.crypto.keystore;

import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.Identity;

import java.security.SecureRandom;

/// One person's keys for one computation, whatever the roles.
///
/// @param signing signs the card, grants and input lists; the Owner's also proposal and agreement
/// @param receive opens what others seal to the card's recipient: results
/// @param encrypt opens what this person sealed itself: code and data. Its recipient is never
///   published; its identity travels to the enclave inside the grant
public record ParticipantKeys(SigningKey signing, Identity receive, Identity encrypt) {
    /// Fresh keys of the default kinds from `random`.
    public static ParticipantKeys generate(SecureRandom random) {
        return new ParticipantKeys(
                SigningKey.generate(random), Identity.generate(random), Identity.generate(random));
    }

    /// The public halves that the card shows.
    @Override
    public String toString() {
        return "ParticipantKeys[" + signing.publicKey() + ", " + receive.recipient().text() + "]";
    }
}
