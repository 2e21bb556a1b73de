/// Whole flows across processes, a hostile operator and hostile code included.
@NullMarked
package io.cloister.e2e;

import org.jspecify.annotations.NullMarked;
