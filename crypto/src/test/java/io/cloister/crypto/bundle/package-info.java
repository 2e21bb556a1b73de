@NullMarked
package io.cloister.crypto.bundle;

import org.jspecify.annotations.NullMarked;
