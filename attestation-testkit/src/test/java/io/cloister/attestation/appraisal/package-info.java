/// Appraisal, rule by rule, on claims that no vendor signed.
@NullMarked
package io.cloister.attestation.appraisal;

import org.jspecify.annotations.NullMarked;
