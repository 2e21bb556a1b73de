package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.math.BigInteger;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Optional;

/// Checks signatures through JCA, with the JDK's providers or with a faster one. Safe for use by
/// many threads.
public final class SignatureChecks {
    private static final int PSS_SALT_LENGTH = 48;

    private static final AlgorithmParameterSpec PSS =
            new PSSParameterSpec(
                    "SHA-384",
                    "MGF1",
                    MGF1ParameterSpec.SHA384,
                    PSS_SALT_LENGTH,
                    PSSParameterSpec.TRAILER_FIELD_BC);

    /// Of one number of an ECDSA signature on P-256, with its sign.
    private static final int MAX_NUMBER = 33;

    private final Optional<ProviderKeys> provider;
    private final Optional<VerifiedSignatures> memory;

    private SignatureChecks(Optional<ProviderKeys> provider, Optional<VerifiedSignatures> memory) {
        this.provider = provider;
        this.memory = memory;
    }

    /// With the JDK's own providers.
    public static SignatureChecks ofPlatform() {
        return new SignatureChecks(Optional.empty(), Optional.empty());
    }

    /// With `provider`, whose answers are believed.
    public static SignatureChecks of(Provider provider) {
        return new SignatureChecks(Optional.of(new ProviderKeys(provider)), Optional.empty());
    }

    /// The same checks, but a signature of a certificate or revocation list that verified once is
    /// not computed again: chains recur with every piece of Evidence. What Evidence itself is
    /// signed with is always computed. Bounded.
    public SignatureChecks remembering() {
        return new SignatureChecks(provider, Optional.of(new VerifiedSignatures()));
    }

    /// Whether `signature` is `r ‖ s`, both big-endian and as long as a coordinate, by `key` over
    /// `message`, with SHA-256 on P-256 and SHA-384 on P-384.
    public boolean raw(EcCurve curve, ECPublicKey key, Bytes message, Bytes signature) {
        String algorithm =
                switch (curve) {
                    case P256 -> "SHA256withECDSAinP1363Format";
                    case P384 -> "SHA384withECDSAinP1363Format";
                };
        return signature.length() == 2 * curve.coordinateLength()
                && check(instance(algorithm), Optional.empty(), key, message, signature);
    }

    /// Whether `signature`, as certificates carry it, is by `key` over `message`.
    public boolean x509(
            SignatureAlgorithm algorithm, PublicKey key, Bytes message, Bytes signature) {
        if (memory.isEmpty()) {
            return compute(algorithm, key, message, signature);
        }
        Sha256 check = VerifiedSignatures.of(algorithm, key, message, signature);
        if (memory.get().has(check)) {
            return true;
        }
        boolean verifies = compute(algorithm, key, message, signature);
        if (verifies) {
            memory.get().add(check);
        }
        return verifies;
    }

    private boolean compute(
            SignatureAlgorithm algorithm, PublicKey key, Bytes message, Bytes signature) {
        return switch (algorithm) {
            case ECDSA_P256_SHA256 ->
                    key instanceof ECPublicKey point
                            && ecdsa(signature)
                                    .filter(raw -> raw(EcCurve.P256, point, message, raw))
                                    .isPresent();
            case RSA4096_PSS_SHA384 ->
                    check(instance("RSASSA-PSS"), Optional.of(PSS), key, message, signature);
        };
    }

    /// The two numbers of an ECDSA signature (RFC 5480 appendix A), in the one encoding that DER
    /// has for them: providers let pass others, such as negative numbers.
    private static Optional<Bytes> ecdsa(Bytes signature) {
        try {
            DerReader outer = DerReader.of(signature, "signature");
            DerReader numbers = outer.element("numbers", DerReader.SEQUENCE);
            outer.end();
            BigInteger r = numbers.natural("r", DerReader.INTEGER, MAX_NUMBER);
            BigInteger s = numbers.natural("s", DerReader.INTEGER, MAX_NUMBER);
            numbers.end();
            int length = EcCurve.P256.coordinateLength();
            return r.bitLength() > 8 * length || s.bitLength() > 8 * length
                    ? Optional.empty()
                    : Optional.of(Bytes.concat(fixed(r, length), fixed(s, length)));
        } catch (MalformedException _) {
            return Optional.empty();
        }
    }

    private static Bytes fixed(BigInteger number, int length) {
        byte[] shortest = number.toByteArray();
        byte[] fixed = new byte[length];
        int count = Math.min(shortest.length, length);
        System.arraycopy(shortest, shortest.length - count, fixed, length - count, count);
        return Bytes.copyOf(fixed);
    }

    private Signature instance(String algorithm) {
        try {
            return provider.isPresent()
                    ? Signature.getInstance(algorithm, provider.get().provider())
                    : Signature.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new CloisterBugException("no provider offers " + algorithm, e);
        }
    }

    /// A provider that fails for reasons of its own has not verified anything.
    private boolean check(
            Signature instance,
            Optional<AlgorithmParameterSpec> parameters,
            PublicKey key,
            Bytes message,
            Bytes signature) {
        try {
            if (parameters.isPresent()) {
                instance.setParameter(parameters.get());
            }
            instance.initVerify(provider.isPresent() ? provider.get().own(key) : key);
            instance.update(message.toArray());
            return instance.verify(signature.toArray());
        } catch (InvalidKeyException | SignatureException | RuntimeException _) {
            return false;
        } catch (InvalidAlgorithmParameterException e) {
            throw new CloisterBugException("the provider refuses " + parameters, e);
        }
    }

    @Override
    public String toString() {
        return provider.map(keys -> keys.provider().getName()).orElse("the JDK's providers");
    }
}
