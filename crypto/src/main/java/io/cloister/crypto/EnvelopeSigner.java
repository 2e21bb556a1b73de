package io.cloister.crypto;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.CanonicalJson;

/// Makes DSSE envelopes: the only thing a [SigningKey] is used for.
public final class EnvelopeSigner {
    private EnvelopeSigner() {}

    /// Signs `document` as a `type`, in canonical form.
    ///
    /// @throws IllegalArgumentException if the document is larger than an envelope may carry
    public static <T> Envelope sign(SigningKey key, DocumentType<T> type, T document) {
        return sign(
                key, type.payloadType(), Bytes.copyOf(CanonicalJson.write(type.write(document))));
    }

    /// Signs `payload` as it is. [#sign(SigningKey, DocumentType, Object)] cannot forget the
    /// canonical form or the right label; use this one for payloads that have no [DocumentType].
    ///
    /// @param payloadType the domain label
    /// @throws IllegalArgumentException if the payload is larger than an envelope may carry
    public static Envelope sign(SigningKey key, String payloadType, Bytes payload) {
        Bytes signature = key.sign(Envelope.preAuthenticationEncoding(payloadType, payload));
        return new Envelope(payloadType, payload, key.publicKey().fingerprint(), signature);
    }
}
