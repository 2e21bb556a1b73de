/// A fake vendor that signs Evidence for tests. Never shipped.
@NullMarked
package io.cloister.attestation.testkit;

import org.jspecify.annotations.NullMarked;
