package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Sha256;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;

/// An ECDSA key for tests, made from a name: the same name gives the same key, and the same message
/// the same signature, for ever. So anyone can make them again, and forge with them.
public final class EcTestKey {
    private static final int POINT_P256 = 64;

    private final String name;
    private final KeyPair pair;

    private EcTestKey(String name, KeyPair pair) {
        this.name = name;
        this.pair = pair;
    }

    /// The key of that name on P-256.
    public static EcTestKey named(String name) {
        return named(name, "secp256r1");
    }

    /// The key of that name on a curve of the JDK's.
    public static EcTestKey named(String name, String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(
                    new ECGenParameterSpec(curve), new Expanded(Bytes.utf8(curve + " " + name)));
            return new EcTestKey(name, generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("the JDK has no " + curve, e);
        }
    }

    /// Its SubjectPublicKeyInfo.
    public Bytes publicKeyInfo() {
        return Bytes.copyOf(pair.getPublic().getEncoded());
    }

    /// Its point `x ‖ y`, for a key on P-256.
    public Bytes point() {
        Bytes info = publicKeyInfo();
        return info.slice(info.length() - POINT_P256, POINT_P256);
    }

    /// Signs with SHA-256, as `r ‖ s`.
    public Bytes signRaw(Bytes message) {
        return sign("SHA256withECDSAinP1363Format", message);
    }

    /// Signs with SHA-256, as certificates carry it.
    public Bytes signDer(Bytes message) {
        return sign("SHA256withECDSA", message);
    }

    /// Signs with an algorithm of the JDK's.
    public Bytes sign(String algorithm, Bytes message) {
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(
                    pair.getPrivate(), new Expanded(Bytes.concat(Bytes.utf8(name), message)));
            signer.update(message.toArray());
            return Bytes.copyOf(signer.sign());
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("the JDK does not sign with " + algorithm, e);
        }
    }

    /// What is the same for the same seed, for signatures that can be made again.
    static SecureRandom expanded(Bytes seed) {
        return new Expanded(seed);
    }

    /// Not random: the same for the same seed.
    private static final class Expanded extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final transient Bytes seed;
        private int counter;

        Expanded(Bytes seed) {
            this.seed = seed;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            for (int i = 0; i < bytes.length; i++) {
                if (i % Sha256.LENGTH == 0) {
                    counter++;
                }
                Bytes block = Sha256.of(Bytes.concat(seed, Bytes.utf8("." + counter))).value();
                bytes[i] = block.at(i % Sha256.LENGTH);
            }
        }
    }
}
