package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;

/// An Ed25519 key for tests, made from a name: the same name gives the same key for ever, so anyone
/// can make it.
public final class TestKey {
    private static final int SPKI_PREFIX = 12;

    private final KeyPair pair;

    private TestKey(KeyPair pair) {
        this.pair = pair;
    }

    /// The key of that name.
    public static TestKey named(String name) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(
                    NamedParameterSpec.ED25519,
                    new Fixed(Sha256.of(Bytes.utf8("cloister test key " + name))));
            return new TestKey(generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has Ed25519", e);
        }
    }

    /// Its public half.
    public PublicSigningKey publicKey() {
        byte[] spki = pair.getPublic().getEncoded();
        return new PublicSigningKey(
                Bytes.copyOf(Arrays.copyOfRange(spki, SPKI_PREFIX, spki.length)));
    }

    /// A document, signed.
    public <T> Envelope sign(DocumentType<T> type, T document) {
        return sign(type.payloadType(), Bytes.copyOf(type.write(document).canonical()));
    }

    /// Any bytes, signed as if they were such a document.
    public Envelope sign(String payloadType, Bytes payload) {
        try {
            Signature signer = Signature.getInstance("Ed25519");
            signer.initSign(pair.getPrivate());
            signer.update(Envelope.preAuthenticationEncoding(payloadType, payload).toArray());
            return new Envelope(
                    payloadType, payload, publicKey().fingerprint(), Bytes.copyOf(signer.sign()));
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has Ed25519", e);
        }
    }

    private static final class Fixed extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final transient Sha256 seed;

        Fixed(Sha256 seed) {
            this.seed = seed;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(seed.value().toArray(), 0, bytes, 0, bytes.length);
        }
    }
}
