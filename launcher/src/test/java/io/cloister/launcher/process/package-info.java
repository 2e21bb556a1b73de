@NullMarked
package io.cloister.launcher.process;

import org.jspecify.annotations.NullMarked;
