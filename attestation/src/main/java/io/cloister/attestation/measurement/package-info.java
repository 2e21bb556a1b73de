/// What an enclave consists of, as digests; computed alike by a launcher and by a participant from
/// its own build.
@NullMarked
package io.cloister.attestation.measurement;

import org.jspecify.annotations.NullMarked;
