@NullMarked
package io.cloister.attestation.testkit;

import org.jspecify.annotations.NullMarked;
