package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Arrays;

/// A signing key of somebody in a test.
final class TestKey {
    private final KeyPair pair;

    TestKey() {
        try {
            pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    PublicSigningKey publicKey() {
        byte[] spki = pair.getPublic().getEncoded();
        return new PublicSigningKey(
                Bytes.copyOf(
                        Arrays.copyOfRange(
                                spki, spki.length - PublicSigningKey.LENGTH, spki.length)));
    }

    <T> Envelope sign(DocumentType<T> type, T document) {
        Bytes payload = Bytes.copyOf(type.write(document).canonical());
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(pair.getPrivate());
            signature.update(
                    Envelope.preAuthenticationEncoding(type.payloadType(), payload).toArray());
            return new Envelope(
                    type.payloadType(),
                    payload,
                    publicKey().fingerprint(),
                    Bytes.copyOf(signature.sign()));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
