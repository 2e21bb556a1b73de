/// The life of a computation as a sealed state machine of pure functions.
@NullMarked
package io.cloister.protocol.state;

import org.jspecify.annotations.NullMarked;
