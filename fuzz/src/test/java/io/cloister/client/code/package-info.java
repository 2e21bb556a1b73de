/// Fuzz targets for parsers that only their package sees.
@NullMarked
package io.cloister.client.code;

import org.jspecify.annotations.NullMarked;
