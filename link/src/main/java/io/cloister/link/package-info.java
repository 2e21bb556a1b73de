/// Frames and flow control of the agent's one duplex stream.
@NullMarked
package io.cloister.link;

import org.jspecify.annotations.NullMarked;
