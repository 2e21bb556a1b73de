/// Fuzz targets of the agent link.
@NullMarked
package io.cloister.fuzz.link;

import org.jspecify.annotations.NullMarked;
