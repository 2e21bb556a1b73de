/// What a participant hands to one enclave: the grant and the sealing of signed documents,
/// `spec/grant.md`.
@NullMarked
package io.cloister.crypto.grant;

import org.jspecify.annotations.NullMarked;
