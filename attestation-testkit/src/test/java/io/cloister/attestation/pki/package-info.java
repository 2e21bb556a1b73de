/// Certificates, revocation lists and what they are made of, refusal by refusal.
@NullMarked
package io.cloister.attestation.pki;

import org.jspecify.annotations.NullMarked;
