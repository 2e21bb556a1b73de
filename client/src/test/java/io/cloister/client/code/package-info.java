@NullMarked
package io.cloister.client.code;

import org.jspecify.annotations.NullMarked;
