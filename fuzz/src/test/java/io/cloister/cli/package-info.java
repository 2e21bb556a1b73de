/// Fuzz targets for parsers that only their package sees.
@NullMarked
package io.cloister.cli;

import org.jspecify.annotations.NullMarked;
