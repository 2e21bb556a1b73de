/// A participant's key store: a folder on the participant's own machine with the keys of every
/// computation, and what the participant's client must remember about each (agreements, grants,
/// accepted runs).
@NullMarked
package io.cloister.crypto.keystore;

import org.jspecify.annotations.NullMarked;
