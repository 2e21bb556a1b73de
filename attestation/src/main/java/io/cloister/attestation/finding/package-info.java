/// What a check established, or didn't, in a form that people and programs can act on.
@NullMarked
package io.cloister.attestation.finding;

import org.jspecify.annotations.NullMarked;
