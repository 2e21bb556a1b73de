/// Tests of Intel's quotes and collateral.
@NullMarked
package io.cloister.attestation.intel;

import org.jspecify.annotations.NullMarked;
