/// Python interpreters and locked runtimes on this machine: finding, building and keeping them.
@NullMarked
package io.cloister.launcher.runtime;

import org.jspecify.annotations.NullMarked;
