/// One fuzz target per parser.
@NullMarked
package io.cloister.fuzz;

import org.jspecify.annotations.NullMarked;
