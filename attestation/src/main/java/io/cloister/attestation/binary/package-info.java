/// Reading binary structures that strangers wrote.
@NullMarked
package io.cloister.attestation.binary;

import org.jspecify.annotations.NullMarked;
