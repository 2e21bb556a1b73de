package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// An RSA key of 4096 bits for tests. Making one takes seconds, so they are files that anybody can
/// read: nobody's keys.
public final class RsaTestKey {
    /// How AMD signs.
    public static final PSSParameterSpec AMD_PSS =
            new PSSParameterSpec("SHA-384", "MGF1", MGF1ParameterSpec.SHA384, 48, 1);

    private final Map<Bytes, Bytes> signed = new ConcurrentHashMap<>();
    private final PrivateKey privateKey;
    private final Bytes publicKeyInfo;

    private RsaTestKey(PrivateKey privateKey, Bytes publicKeyInfo) {
        this.privateKey = privateKey;
        this.publicKeyInfo = publicKeyInfo;
    }

    /// The key of that name: `ark`, `ask` or `asvk`, a hyphen, a product in lower case.
    public static RsaTestKey named(String name) {
        String file = "amd/" + name + ".pk8";
        try (InputStream in = RsaTestKey.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalArgumentException("no test key " + name);
            }
            KeyFactory factory = KeyFactory.getInstance("RSA");
            var key =
                    (RSAPrivateCrtKey)
                            factory.generatePrivate(new PKCS8EncodedKeySpec(in.readAllBytes()));
            byte[] info =
                    factory.generatePublic(
                                    new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent()))
                            .getEncoded();
            return new RsaTestKey(key, Bytes.copyOf(info));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("a test key can't be read", e);
        }
    }

    /// Its SubjectPublicKeyInfo.
    public Bytes publicKeyInfo() {
        return publicKeyInfo;
    }

    /// Signs as AMD does; the same message has the same signature as before, since making one takes
    /// long.
    public Bytes sign(Bytes message) {
        return signed.computeIfAbsent(message, it -> sign(AMD_PSS, it));
    }

    /// Signs with RSASSA-PSS under `parameters`.
    public Bytes sign(AlgorithmParameterSpec parameters, Bytes message) {
        try {
            Signature signer = Signature.getInstance("RSASSA-PSS");
            signer.setParameter(parameters);
            return sign(signer, message);
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("the JDK has no RSASSA-PSS", e);
        }
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-384.
    public Bytes signPkcs1(Bytes message) {
        try {
            return sign(Signature.getInstance("SHA384withRSA"), message);
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("the JDK has no RSA", e);
        }
    }

    private Bytes sign(Signature signer, Bytes message) throws GeneralSecurityException {
        signer.initSign(privateKey, EcTestKey.expanded(message));
        signer.update(message.toArray());
        return Bytes.copyOf(signer.sign());
    }
}
