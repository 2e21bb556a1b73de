@NullMarked
package io.cloister.launcher.runtime;

import org.jspecify.annotations.NullMarked;
