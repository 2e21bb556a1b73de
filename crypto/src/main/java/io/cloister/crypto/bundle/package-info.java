/// The code bundle, `spec/bundle.md`: a deterministic tar of a project whose files are clear or
/// encrypted. Nothing here opens a file.
@NullMarked
package io.cloister.crypto.bundle;

import org.jspecify.annotations.NullMarked;
