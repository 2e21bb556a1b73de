@NullMarked
package io.cloister.client.invite;

import org.jspecify.annotations.NullMarked;
