/// Fuzz targets of keys, age files and the key store.
@NullMarked
package io.cloister.fuzz.crypto;

import org.jspecify.annotations.NullMarked;
