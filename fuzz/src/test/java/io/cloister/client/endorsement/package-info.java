/// Fuzz targets for parsers that only their package sees.
@NullMarked
package io.cloister.client.endorsement;

import org.jspecify.annotations.NullMarked;
