package io.cloister.protocol.dsse;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import java.util.Objects;
import java.util.function.Function;

/// A document whose signature has been checked. Only [#verify] and [#verifySelfSigned] make one, so
/// code that asks for a `Signed` cannot skip the check. It says *who* signed; whether that key is
/// the right one is for the caller, who passed it.
///
/// @param <T> the document
public final class Signed<T> {
    private final T document;
    private final Envelope envelope;
    private final PublicSigningKey signer;

    private Signed(T document, Envelope envelope, PublicSigningKey signer) {
        this.document = document;
        this.envelope = envelope;
        this.signer = signer;
    }

    /// Checks that `envelope` holds a canonical document of `type` signed by `key`.
    ///
    /// @throws MalformedException if type or form is another
    /// @throws NotAuthenticException if the signature is not `key`'s
    public static <T> Signed<T> verify(
            Envelope envelope, DocumentType<T> type, PublicSigningKey key)
            throws MalformedException, NotAuthenticException {
        return verify(envelope, readUnverified(envelope, type), type, key);
    }

    /// Checks a document that carries its signer's key: the signature proves that whoever made it
    /// holds that key, and no more.
    ///
    /// @param key picks the signer's key from the document
    /// @throws MalformedException if type or form is another
    /// @throws NotAuthenticException if the signature is not by the key inside
    public static <T> Signed<T> verifySelfSigned(
            Envelope envelope, DocumentType<T> type, Function<T, PublicSigningKey> key)
            throws MalformedException, NotAuthenticException {
        T document = readUnverified(envelope, type);
        return verify(envelope, document, type, key.apply(document));
    }

    private static <T> Signed<T> verify(
            Envelope envelope, T document, DocumentType<T> type, PublicSigningKey key)
            throws NotAuthenticException {
        if (!envelope.keyId().equals(key.fingerprint())) {
            throw new NotAuthenticException(
                    type.name(),
                    "names the key "
                            + envelope.keyId()
                            + ", must be signed by "
                            + key.fingerprint());
        }
        if (!envelope.isSignedBy(key)) {
            throw new NotAuthenticException(
                    type.name(), "signature does not verify under " + key.fingerprint());
        }
        return new Signed<>(document, envelope, key);
    }

    /// Reads a document without checking its signature: for finding out which key to check it
    /// against.
    ///
    /// @throws MalformedException if type or form is another
    public static <T> T readUnverified(Envelope envelope, DocumentType<T> type)
            throws MalformedException {
        if (!envelope.payloadType().equals(type.payloadType())) {
            throw new MalformedException(
                    type.name() + ".payloadType", type.payloadType(), envelope.payloadType());
        }
        Json payload = envelope.payloadJson(type.name());
        T document = type.read(payload);
        if (!type.write(document).equals(payload)) {
            throw new MalformedException(type.name(), "the one form of its content", "another");
        }
        return document;
    }

    /// The document.
    public T document() {
        return document;
    }

    /// The envelope as it came.
    public Envelope envelope() {
        return envelope;
    }

    /// The key that signed.
    public PublicSigningKey signer() {
        return signer;
    }

    /// The document's digest: SHA-256 over the payload bytes as carried.
    public Sha256 digest() {
        return envelope.digest();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Signed<?> that
                && envelope.equals(that.envelope)
                && signer.equals(that.signer);
    }

    @Override
    public int hashCode() {
        return Objects.hash(envelope, signer);
    }

    @Override
    public String toString() {
        return "Signed[" + digest() + " by " + signer.fingerprint() + "]";
    }
}
