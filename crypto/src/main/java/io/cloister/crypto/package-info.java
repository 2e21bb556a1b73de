/// The secret side of Cloister: secret bytes, signing keys and the proof that a participant holds
/// an invitation.
///
/// Encryption is in [io.cloister.crypto.age], the participants' key store in
/// [io.cloister.crypto.keystore]. Public signatures are verified in `io.cloister.protocol`: whoever
/// only checks needs nothing from here.
@NullMarked
package io.cloister.crypto;

import org.jspecify.annotations.NullMarked;
