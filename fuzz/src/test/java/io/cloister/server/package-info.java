/// Fuzz targets for parsers that only their package sees.
@NullMarked
package io.cloister.server;

import org.jspecify.annotations.NullMarked;
