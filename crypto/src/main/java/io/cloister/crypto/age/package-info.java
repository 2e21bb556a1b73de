/// The age format (age-encryption.org/v1, C2SP): recipients and identities, sealing and opening of
/// files and streams.
///
/// Sealed files can be opened by any age tool and the other way round. Stanzas and headers are
/// written by jagged; the header is read, and the payload worked on, by our own code: stricter and
/// bounded there, on all cores here.
///
/// **What this does not do:** age says nothing about who sealed a file. Every ciphertext that
/// matters is named by its SHA-256 in a signed document.
@NullMarked
package io.cloister.crypto.age;

import org.jspecify.annotations.NullMarked;
