package io.cloister.crypto.age;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.AgeRecipient;

/// Whom a file is sealed to: the public half of an [Identity]. Its [text][#text] may be shown to
/// anyone.
public sealed interface Recipient permits HybridRecipient, X25519Recipient {
    /// Reads `age1pq1…` or `age1…`.
    ///
    /// @param path names the text in errors
    /// @throws MalformedException if the text is no such recipient in its one canonical form, or
    ///   the key behind it cannot be encrypted to
    static Recipient parse(String text, String path) throws MalformedException {
        return text.startsWith(HybridRecipient.PREFIX + "1")
                ? HybridRecipient.parse(text, path)
                : X25519Recipient.parse(text, path);
    }

    /// The recipient that a document names.
    ///
    /// @param path names the document's field in errors
    /// @throws MalformedException as [#parse]
    static Recipient of(AgeRecipient recipient, String path) throws MalformedException {
        return parse(recipient.value(), path);
    }

    /// The text, as documents carry it.
    AgeRecipient text();
}
