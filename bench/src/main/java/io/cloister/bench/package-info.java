/// Measurements of the figures to reach.
@NullMarked
package io.cloister.bench;

import org.jspecify.annotations.NullMarked;
