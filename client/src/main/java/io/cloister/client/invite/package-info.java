/// Invitations: the strings that travel between people and never to a server.
@NullMarked
package io.cloister.client.invite;

import org.jspecify.annotations.NullMarked;
