/// Fuzz targets for the parsers of attestation.
@NullMarked
package io.cloister.fuzz.attestation;

import org.jspecify.annotations.NullMarked;
