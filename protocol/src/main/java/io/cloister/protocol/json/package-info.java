/// Strict I-JSON (RFC 7493) reading and RFC 8785 canonical writing.
@NullMarked
package io.cloister.protocol.json;

import org.jspecify.annotations.NullMarked;
