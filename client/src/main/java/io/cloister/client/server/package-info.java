/// Access to the control plane, and what it says. Nothing in here is proof of anything.
@NullMarked
package io.cloister.client.server;

import org.jspecify.annotations.NullMarked;
