@NullMarked
package io.cloister.cli;

import org.jspecify.annotations.NullMarked;
