/// Typed keys, age files, the hybrid recipient.
@NullMarked
package io.cloister.crypto;

import org.jspecify.annotations.NullMarked;
