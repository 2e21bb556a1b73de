/// Endorsements (RFC 9334 §8.2): what vouches for the signer of Evidence.
@NullMarked
package io.cloister.attestation.endorsement;

import org.jspecify.annotations.NullMarked;
