/// The program inside the enclave: opens, runs, seals, signs the receipt.
@NullMarked
package io.cloister.agent;

import org.jspecify.annotations.NullMarked;
