/// How long it takes to verify Evidence, beside the bare cost of its signatures and beside other
/// verifiers.
@NullMarked
package io.cloister.bench.verification;

import org.jspecify.annotations.NullMarked;
