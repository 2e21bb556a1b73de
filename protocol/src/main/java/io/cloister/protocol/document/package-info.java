/// The signed documents of the protocol; spec/documents.md is normative.
@NullMarked
package io.cloister.protocol.document;

import org.jspecify.annotations.NullMarked;
