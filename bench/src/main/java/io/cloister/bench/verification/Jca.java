package io.cloister.bench.verification;

import io.cloister.attestation.pki.SignatureChecks;

import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;
import java.util.ServiceLoader;

/// Who computes.
public enum Jca {
    /// The JDK's own providers.
    JDK("JDK"),
    /// Amazon Corretto Crypto Provider, native code.
    CORRETTO("ACCP");

    private static final String CORRETTO_NAME = "AmazonCorrettoCryptoProvider";

    private final String title;

    Jca(String title) {
        this.title = title;
    }

    /// For people.
    String title() {
        return title;
    }

    /// Whether it is there and runs on this machine.
    boolean isAvailable() {
        return this == JDK
                || provider()
                        .filter(one -> one.getService("Signature", "SHA256withECDSA") != null)
                        .isPresent();
    }

    /// Version, for people.
    String version() {
        return provider().map(Provider::getVersionStr).orElse(Runtime.version().toString());
    }

    SignatureChecks checks() {
        return provider().map(SignatureChecks::of).orElseGet(SignatureChecks::ofPlatform);
    }

    Signature signature(String algorithm) throws NoSuchAlgorithmException {
        Optional<Provider> provider = provider();
        return provider.isPresent()
                ? Signature.getInstance(algorithm, provider.get())
                : Signature.getInstance(algorithm);
    }

    /// `key` as this provider itself makes keys.
    PublicKey own(PublicKey key) throws NoSuchAlgorithmException, InvalidKeySpecException {
        Optional<Provider> provider = provider();
        KeyFactory factory =
                provider.isPresent()
                        ? KeyFactory.getInstance("EC", provider.get())
                        : KeyFactory.getInstance("EC");
        return factory.generatePublic(new X509EncodedKeySpec(key.getEncoded()));
    }

    private Optional<Provider> provider() {
        return this == JDK
                ? Optional.empty()
                : ServiceLoader.load(Provider.class).stream()
                        .filter(one -> one.type().getSimpleName().equals(CORRETTO_NAME))
                        .map(ServiceLoader.Provider::get)
                        .findFirst();
    }
}
