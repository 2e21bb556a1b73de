/// What the packages of this module share and nobody else sees.
@NullMarked
package io.cloister.crypto.internal;

import org.jspecify.annotations.NullMarked;
