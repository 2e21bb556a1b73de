/// Locked Python packages: reading locks and wheel records, and checking installed files against
/// them.
@NullMarked
package io.cloister.attestation.runtime;

import org.jspecify.annotations.NullMarked;
