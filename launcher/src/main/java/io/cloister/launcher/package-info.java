/// Starts and stops enclaves; the process launcher with its simulated platform.
@NullMarked
package io.cloister.launcher;

import org.jspecify.annotations.NullMarked;
