/// A participant's key store: a folder on the participant's own machine.
@NullMarked
package io.cloister.crypto.keystore;

import org.jspecify.annotations.NullMarked;
