/// Certificates, revocation lists and signatures, as the vendors' profiles narrow them.
@NullMarked
package io.cloister.attestation.pki;

import org.jspecify.annotations.NullMarked;
