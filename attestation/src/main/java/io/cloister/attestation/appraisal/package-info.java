/// Appraisal (RFC 9334 §8.5): policies, and comparing verified Evidence with one.
@NullMarked
package io.cloister.attestation.appraisal;

import org.jspecify.annotations.NullMarked;
