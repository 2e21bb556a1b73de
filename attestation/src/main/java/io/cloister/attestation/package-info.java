/// Verifies and appraises Evidence. No network.
@NullMarked
package io.cloister.attestation;

import org.jspecify.annotations.NullMarked;
