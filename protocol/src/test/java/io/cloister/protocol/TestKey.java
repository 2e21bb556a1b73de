package io.cloister.protocol;

import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.NamedParameterSpec;

/// An Ed25519 key pair made from a seed anybody knows: for tests only.
public final class TestKey {
    private final KeyPair pair;
    private final PublicSigningKey publicKey;

    private TestKey(KeyPair pair) {
        this.pair = pair;
        this.publicKey = encode((EdECPublicKey) pair.getPublic());
    }

    public static TestKey of(String seed) {
        return ofSecret(Samples.digest("test key " + seed).value());
    }

    /// The key pair of the 32 bytes RFC 8032 §5.1.5 calls the private key.
    public static TestKey ofSecret(Bytes secret) {
        try {
            var generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(NamedParameterSpec.ED25519, new Fixed(secret));
            return new TestKey(generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    public PublicSigningKey publicKey() {
        return publicKey;
    }

    public Bytes signature(Bytes message) {
        try {
            var signer = Signature.getInstance("Ed25519");
            signer.initSign(pair.getPrivate());
            signer.update(message.toArray());
            return Bytes.copyOf(signer.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    public <T> Envelope sign(DocumentType<T> type, T document) {
        return sign(type.payloadType(), Bytes.copyOf(type.write(document).canonical()));
    }

    public Envelope sign(String payloadType, Bytes payload) {
        return new Envelope(
                payloadType,
                payload,
                publicKey.fingerprint(),
                signature(Envelope.preAuthenticationEncoding(payloadType, payload)));
    }

    private static PublicSigningKey encode(EdECPublicKey key) {
        byte[] bigEndian = key.getPoint().getY().toByteArray();
        byte[] encoded = new byte[PublicSigningKey.LENGTH];
        for (int i = 0; i < Math.min(bigEndian.length, encoded.length); i++) {
            encoded[i] = bigEndian[bigEndian.length - 1 - i];
        }
        if (key.getPoint().isXOdd()) {
            encoded[encoded.length - 1] |= (byte) 0x80;
        }
        return new PublicSigningKey(Bytes.copyOf(encoded));
    }

    /// Gives the secret to the generator, which asks for it once.
    private static final class Fixed extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final transient Bytes secret;

        Fixed(Bytes secret) {
            super();
            this.secret = secret;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(secret.toArray(), 0, bytes, 0, bytes.length);
        }
    }
}
