/// Certificates, revocation lists and signatures, as the vendors' profiles narrow them. Not
/// exported: what comes of it is said by findings and claims.
@NullMarked
package io.cloister.attestation.pki;

import org.jspecify.annotations.NullMarked;
