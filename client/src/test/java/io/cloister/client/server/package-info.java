@NullMarked
package io.cloister.client.server;

import org.jspecify.annotations.NullMarked;
