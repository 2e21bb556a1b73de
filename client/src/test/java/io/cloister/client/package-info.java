@NullMarked
package io.cloister.client;

import org.jspecify.annotations.NullMarked;
