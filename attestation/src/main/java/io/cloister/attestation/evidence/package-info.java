/// Evidence (RFC 9334 §8.1): reading it, and verifying that it is authentic. Whether it is
/// acceptable is another package's question.
@NullMarked
package io.cloister.attestation.evidence;

import org.jspecify.annotations.NullMarked;
