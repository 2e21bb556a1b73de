/// Fuzz targets for what the agent reads: grants, input lists and code bundles.
@NullMarked
package io.cloister.fuzz.agent;

import org.jspecify.annotations.NullMarked;
