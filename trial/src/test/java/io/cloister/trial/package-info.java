@NullMarked
package io.cloister.trial;

import org.jspecify.annotations.NullMarked;
