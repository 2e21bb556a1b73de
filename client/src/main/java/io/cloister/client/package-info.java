/// SDK of a participant: keys, every check, sealing, opening.
@NullMarked
package io.cloister.client;

import org.jspecify.annotations.NullMarked;
