@NullMarked
package io.cloister.crypto.cosmian;

import org.jspecify.annotations.NullMarked;
