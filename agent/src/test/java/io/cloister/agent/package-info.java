@NullMarked
package io.cloister.agent;

import org.jspecify.annotations.NullMarked;
