/// The domain of Cloister: identifiers, signed documents, their canonical form, and the life of a
/// computation as pure functions. Nothing here does I/O or holds a secret.
@NullMarked
package io.cloister.protocol;

import org.jspecify.annotations.NullMarked;
