/// DSSE envelopes and the types that only a checked signature can make.
@NullMarked
package io.cloister.protocol.dsse;

import org.jspecify.annotations.NullMarked;
