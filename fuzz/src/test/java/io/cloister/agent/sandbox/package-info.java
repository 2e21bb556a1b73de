/// Fuzz targets of the sandbox's parsers, in their package, as they are not for use from outside.
@NullMarked
package io.cloister.agent.sandbox;

import org.jspecify.annotations.NullMarked;
