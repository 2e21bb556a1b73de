/// Control plane: accounts, computations, ciphertext. Cannot name a type that decrypts.
@NullMarked
package io.cloister.server;

import org.jspecify.annotations.NullMarked;
