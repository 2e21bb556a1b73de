/// Fuzz targets for what a participant's client reads.
@NullMarked
package io.cloister.fuzz.client;

import org.jspecify.annotations.NullMarked;
