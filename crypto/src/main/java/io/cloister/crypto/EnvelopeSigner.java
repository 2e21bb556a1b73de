package io.cloister.crypto;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.CanonicalJson;

/// Makes DSSE envelopes: the only thing a [SigningKey] is used for.
///
/// What is signed is read back before it is returned. A document that its own reader refuses would
/// be refused by everyone it is for, a grant for instance only after it can't be changed any more;
/// and a signature that came out wrong, by a fault of the machine, can give the key away (RFC 8032
/// signs deterministically).
public final class EnvelopeSigner {
    private EnvelopeSigner() {}

    /// Signs `document` as a `type`, in canonical form.
    ///
    /// @throws IllegalArgumentException if the document is larger than an envelope may carry, or
    ///   read back it is not acceptable as a `type` or another
    public static <T> Envelope sign(SigningKey key, DocumentType<T> type, T document) {
        Envelope envelope =
                sign(
                        key,
                        type.payloadType(),
                        Bytes.copyOf(CanonicalJson.write(type.write(document))));
        T read;
        try {
            read = Signed.readUnverified(envelope, type);
        } catch (MalformedException e) {
            throw new IllegalArgumentException(
                    "what is to be signed is no " + type.name() + ": " + e.getMessage(), e);
        }
        if (!read.equals(document)) {
            throw new IllegalArgumentException(
                    "what is to be signed reads as another " + type.name());
        }
        return envelope;
    }

    /// Signs `payload` as it is. [#sign(SigningKey, DocumentType, Object)] cannot forget the
    /// canonical form or the right label; use this one for payloads that have no [DocumentType].
    ///
    /// @param payloadType the domain label
    /// @throws IllegalArgumentException if the payload is larger than an envelope may carry
    public static Envelope sign(SigningKey key, String payloadType, Bytes payload) {
        Bytes message = Envelope.preAuthenticationEncoding(payloadType, payload);
        Bytes signature = requireSigned(key.publicKey(), message, key.sign(message));
        return new Envelope(payloadType, payload, key.publicKey().fingerprint(), signature);
    }

    /// `signature`, if it is `key`'s over `message`.
    static Bytes requireSigned(PublicSigningKey key, Bytes message, Bytes signature) {
        if (!key.verifies(message, signature)) {
            throw new CloisterBugException("the signature just made does not verify");
        }
        return signature;
    }
}
