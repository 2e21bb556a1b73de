/// Reading binary structures, refusal by refusal.
@NullMarked
package io.cloister.attestation.binary;

import org.jspecify.annotations.NullMarked;
