/// Checks of the house rules over the sources and classes of every module.
@NullMarked
package io.cloister.checks;

import org.jspecify.annotations.NullMarked;
