package io.cloister.protocol.dsse;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

/// A kind of signed document: its payload type, which is its domain label, and its two directions.
///
/// @param <T> the document's record
public interface DocumentType<T> {
    /// The DSSE payload type, repeated in the payload as `type`.
    String payloadType();

    /// What people call it; begins the path in errors.
    String name();

    /// Reads a payload.
    ///
    /// @throws MalformedException if it is not such a document, naming the field
    T read(Json payload) throws MalformedException;

    /// Writes a payload.
    Json write(T document);
}
