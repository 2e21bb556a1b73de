/// The unmodified client of Cosmian Secure Computation against a server that speaks its dialect.
@NullMarked
package io.cloister.e2e.cosmian;

import org.jspecify.annotations.NullMarked;
