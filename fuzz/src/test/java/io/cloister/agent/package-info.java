/// Fuzz targets for parsers that only their package sees.
@NullMarked
package io.cloister.agent;

import org.jspecify.annotations.NullMarked;
