package io.cloister.protocol.dsse;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// A DSSE envelope (secure-systems-lab/dsse, protocol v1.0.0) with exactly one Ed25519 signature.
/// Holding one says nothing about its signature: [Signed] does.
///
/// @param payloadType the domain label
/// @param payload the signed document, as carried
/// @param keyId fingerprint of the signer's key; a hint, never trusted
/// @param signature 64 bytes
public record Envelope(String payloadType, Bytes payload, Sha256 keyId, Bytes signature) {
    /// Largest payload in bytes: 8 MiB.
    public static final int MAX_PAYLOAD = 8 << 20;

    private static final int MAX_TYPE = 128;

    public Envelope {
        if (signature.length() != PublicSigningKey.SIGNATURE_LENGTH) {
            throw new IllegalArgumentException("an Ed25519 signature has 64 bytes");
        }
        if (payloadType.isEmpty()
                || payloadType.length() > MAX_TYPE
                || payload.length() > MAX_PAYLOAD) {
            throw new IllegalArgumentException("payload type or payload out of bounds");
        }
    }

    /// What a signature is made over: DSSE's pre-authentication encoding.
    public static Bytes preAuthenticationEncoding(String payloadType, Bytes payload) {
        int typeLength = payloadType.getBytes(StandardCharsets.UTF_8).length;
        return Bytes.concat(
                Bytes.utf8(
                        "DSSEv1 " + typeLength + " " + payloadType + " " + payload.length() + " "),
                payload);
    }

    /// Digest of the payload bytes as carried: the document's digest.
    public Sha256 digest() {
        return Sha256.of(payload);
    }

    /// Whether the signature is `key`'s.
    boolean isSignedBy(PublicSigningKey key) {
        return key.verifies(preAuthenticationEncoding(payloadType, payload), signature);
    }

    /// Reads an envelope from its own JSON text.
    public static Envelope parse(byte[] utf8, String path) throws MalformedException {
        return read(Json.parse(utf8, JsonLimits.DOCUMENT, path), path);
    }

    /// Reads an envelope.
    ///
    /// @throws MalformedException if it is not one with exactly one signature
    public static Envelope read(Json value, String path) throws MalformedException {
        Fields fields = Fields.of(value, path);
        String type = fields.string("payloadType", 1, MAX_TYPE);
        Bytes payload = fields.base64("payload", 1, MAX_PAYLOAD);
        List<KeyedSignature> signatures = fields.list("signatures", 1, KeyedSignature::read);
        fields.end();
        if (signatures.isEmpty()) {
            throw new MalformedException(path + ".signatures", "exactly one signature", "none");
        }
        return new Envelope(
                type, payload, signatures.getFirst().keyId(), signatures.getFirst().value());
    }

    /// The envelope as JSON.
    public Json toJson() {
        return Json.object()
                .put("payloadType", payloadType)
                .put("payload", payload.base64())
                .put(
                        "signatures",
                        List.of(
                                Json.object()
                                        .put("keyid", keyId.toString())
                                        .put("sig", signature.base64())
                                        .build()))
                .build();
    }

    /// The payload as JSON.
    ///
    /// @throws MalformedException if it is not canonical
    Json payloadJson(String path) throws MalformedException {
        return CanonicalJson.parse(payload.toArray(), JsonLimits.DOCUMENT, path);
    }

    private record KeyedSignature(Sha256 keyId, Bytes value) {
        static KeyedSignature read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            Sha256 keyId = fields.sha256("keyid");
            Bytes signature =
                    fields.base64(
                            "sig",
                            PublicSigningKey.SIGNATURE_LENGTH,
                            PublicSigningKey.SIGNATURE_LENGTH);
            fields.end();
            return new KeyedSignature(keyId, signature);
        }
    }
}
