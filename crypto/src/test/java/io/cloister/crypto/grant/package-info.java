@NullMarked
package io.cloister.crypto.grant;

import org.jspecify.annotations.NullMarked;
