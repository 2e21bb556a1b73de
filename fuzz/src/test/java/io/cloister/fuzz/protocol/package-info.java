/// Targets for the parsers of module protocol.
@NullMarked
package io.cloister.fuzz.protocol;

import org.jspecify.annotations.NullMarked;
