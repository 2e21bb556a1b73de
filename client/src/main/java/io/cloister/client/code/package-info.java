/// The Code Provider's folder: what would fail later, found before anything is uploaded.
@NullMarked
package io.cloister.client.code;

import org.jspecify.annotations.NullMarked;
