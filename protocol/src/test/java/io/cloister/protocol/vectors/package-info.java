/// The vectors of spec/vectors that are about this module: made here, and run here.
@NullMarked
package io.cloister.protocol.vectors;

import org.jspecify.annotations.NullMarked;
