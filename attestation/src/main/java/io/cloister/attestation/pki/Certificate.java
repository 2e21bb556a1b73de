package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// An X.509 certificate of version 3 (RFC 5280 §4), read strictly: DER only, known algorithms only,
/// no extension twice. Nothing of it is verified by reading it. Immutable.
public final class Certificate {
    /// Basic constraints.
    public static final String BASIC_CONSTRAINTS = "2.5.29.19";

    /// Key usage.
    public static final String KEY_USAGE = "2.5.29.15";

    private static final int VERSION_TAG = 0xa0;
    private static final int EXTENSIONS_TAG = 0xa3;
    private static final int MAX_LENGTH = 16 * 1024;
    private static final int MAX_SERIAL = 21;
    private static final int DIGITAL_SIGNATURE = 0;
    private static final int KEY_CERT_SIGN = 5;
    private static final int CRL_SIGN = 6;
    private static final BigInteger VERSION_3 = BigInteger.TWO;
    private static final int RSA_BITS = 4096;
    private static final BigInteger RSA_EXPONENT = BigInteger.valueOf(65537);

    private final Bytes der;
    private final SignedDer frame;
    private final BigInteger serial;
    private final X509Name issuer;
    private final X509Name subject;
    private final Instant notBefore;
    private final Instant notAfter;
    private final Bytes publicKeyInfo;
    private final Map<String, Extension> extensions;
    private final boolean ca;
    private final int pathLength;
    private final Optional<Bytes> keyUsage;

    /// Keys as they were asked for: decoding one costs a good part of using it.
    private final Map<SignatureAlgorithm, PublicKey> keys = new ConcurrentHashMap<>();

    private final Map<EcCurve, ECPublicKey> ecKeys = new ConcurrentHashMap<>();

    private Certificate(Bytes der, String name) throws MalformedException {
        this.der = der;
        this.frame = SignedDer.read(der, name);
        DerReader body = DerReader.of(frame.body(), name).element("body", DerReader.SEQUENCE);
        DerReader version = body.element("version", VERSION_TAG);
        if (!version.natural("number", DerReader.INTEGER, 1).equals(VERSION_3)) {
            throw new MalformedException(name + ".version", "version 3", "another");
        }
        version.end();
        this.serial = body.natural("serial", DerReader.INTEGER, MAX_SERIAL);
        if (!body.encoded("algorithm", DerReader.SEQUENCE).equals(frame.algorithmDer())) {
            throw new MalformedException(
                    name + ".algorithm", "the algorithm of the signature", "another");
        }
        this.issuer = X509Name.read(body, name + ".issuer");
        DerReader validity = body.element("validity", DerReader.SEQUENCE);
        this.notBefore = X509Time.read(validity, name + ".notBefore");
        this.notAfter = X509Time.read(validity, name + ".notAfter");
        validity.end();
        this.subject = X509Name.read(body, name + ".subject");
        this.publicKeyInfo = body.encoded("subjectPublicKeyInfo", DerReader.SEQUENCE);
        this.extensions = extensions(body);
        body.end();
        Constraints constraints = Constraints.of(extensions, name);
        this.ca = constraints.ca();
        this.pathLength = constraints.pathLength();
        this.keyUsage = keyUsage(extensions, name);
    }

    /// Reads one certificate.
    ///
    /// @param der at most 16 KiB
    /// @param name of what it is, for failures
    /// @throws MalformedException if it is anything else, naming field and offset
    public static Certificate parse(Bytes der, String name) throws MalformedException {
        if (der.length() > MAX_LENGTH) {
            throw new MalformedException(
                    name, "at most " + MAX_LENGTH + " bytes", der.length() + " bytes");
        }
        return new Certificate(der, name);
    }

    private static Map<String, Extension> extensions(DerReader body) throws MalformedException {
        if (!body.nextIs(EXTENSIONS_TAG)) {
            return Map.of();
        }
        DerReader wrapper = body.element("extensions", EXTENSIONS_TAG);
        DerReader list = wrapper.element("list", DerReader.SEQUENCE);
        wrapper.end();
        return Extension.readAll(list);
    }

    private static Optional<Bytes> keyUsage(Map<String, Extension> extensions, String name)
            throws MalformedException {
        Extension extension = extensions.get(KEY_USAGE);
        if (extension == null) {
            return Optional.empty();
        }
        DerReader reader = DerReader.of(extension.value(), name + ".keyUsage");
        Bytes bits = reader.content("bits", DerReader.BIT_STRING);
        reader.end();
        if (bits.length() < 2 || bits.length() > 3 || bits.at(0) < 0 || bits.at(0) > 7) {
            throw new MalformedException(name + ".keyUsage", "1 to 9 bits", bits.hex());
        }
        // X.690 §11.2.1. That zeros at the end are used (§11.2.2) is let pass: AMD does so.
        if ((bits.at(bits.length() - 1) & ((1 << bits.at(0)) - 1)) != 0) {
            throw new MalformedException(name + ".keyUsage", "zero in unused bits", bits.hex());
        }
        return Optional.of(bits.slice(1, bits.length() - 1));
    }

    /// The bytes it was read from.
    public Bytes der() {
        return der;
    }

    /// Serial number, not negative.
    public BigInteger serial() {
        return serial;
    }

    /// Who issued it, by its own words.
    public X509Name issuer() {
        return issuer;
    }

    /// Whose key it is, by its own words.
    public X509Name subject() {
        return subject;
    }

    /// First instant of its validity.
    public Instant notBefore() {
        return notBefore;
    }

    /// Last instant of its validity.
    public Instant notAfter() {
        return notAfter;
    }

    /// Whether `instant` is within its validity, both ends included.
    public boolean isValidAt(Instant instant) {
        return !instant.isBefore(notBefore) && !instant.isAfter(notAfter);
    }

    /// With which algorithm it is signed.
    public SignatureAlgorithm algorithm() {
        return frame.algorithm();
    }

    /// The DER of its SubjectPublicKeyInfo.
    public Bytes publicKeyInfo() {
        return publicKeyInfo;
    }

    /// SHA-256 over the DER of its SubjectPublicKeyInfo.
    public Sha256 publicKeyDigest() {
        return Sha256.of(publicKeyInfo);
    }

    /// The extension `oid`.
    public Optional<Extension> extension(String oid) {
        return Optional.ofNullable(extensions.get(oid));
    }

    /// Every extension's identifier.
    public Set<String> extensionOids() {
        return extensions.keySet();
    }

    /// The critical extensions that are not among `understood`; one is reason enough to refuse.
    public Set<String> criticalBesides(Set<String> understood) {
        return Set.copyOf(
                extensions.values().stream()
                        .filter(Extension::critical)
                        .map(Extension::oid)
                        .filter(oid -> !understood.contains(oid))
                        .toList());
    }

    /// Whether it may issue certificates: the CA flag, and key usage where present.
    public boolean maySignCertificates() {
        return ca && usage(KEY_CERT_SIGN);
    }

    /// Whether its key may sign data, by key usage where present.
    public boolean maySignData() {
        return usage(DIGITAL_SIGNATURE);
    }

    /// Whether its key may sign revocation lists, by key usage where present.
    public boolean maySignRevocationLists() {
        return usage(CRL_SIGN);
    }

    /// Whether it says to be a CA.
    public boolean isCa() {
        return ca;
    }

    /// How many further CAs may stand below it; without limit, `Integer.MAX_VALUE`.
    public int pathLength() {
        return pathLength;
    }

    /// Its key as one that signs with `algorithm`.
    ///
    /// @throws MalformedException if the key is of another kind, size or curve
    public PublicKey publicKey(SignatureAlgorithm algorithm) throws MalformedException {
        PublicKey known = keys.get(algorithm);
        if (known != null) {
            return known;
        }
        PublicKey key =
                switch (algorithm) {
                    case ECDSA_P256_SHA256 -> ecKey(EcCurve.P256);
                    case RSA4096_PSS_SHA384 -> rsa();
                };
        keys.put(algorithm, key);
        return key;
    }

    /// Its key as one on `curve`.
    ///
    /// @throws MalformedException if the key is of another kind or on another curve
    public ECPublicKey ecKey(EcCurve curve) throws MalformedException {
        ECPublicKey known = ecKeys.get(curve);
        if (known != null) {
            return known;
        }
        ECPublicKey key = curve.keyOfInfo(publicKeyInfo, subject + ".subjectPublicKeyInfo");
        ecKeys.put(curve, key);
        return key;
    }

    /// Whether `issuer` signed this certificate with `algorithm`. Says nothing of names, dates or
    /// constraints.
    ///
    /// @throws MalformedException if the issuer's key is no key of that algorithm
    public boolean isSignedBy(
            Certificate issuer, SignatureAlgorithm algorithm, SignatureChecks checks)
            throws MalformedException {
        return frame.algorithm() == algorithm
                && checks.x509(
                        algorithm, issuer.publicKey(algorithm), frame.body(), frame.signature());
    }

    private PublicKey rsa() throws MalformedException {
        try {
            PublicKey key =
                    KeyFactory.getInstance("RSA")
                            .generatePublic(new X509EncodedKeySpec(publicKeyInfo.toArray()));
            if (key instanceof RSAPublicKey rsa
                    && rsa.getModulus().bitLength() == RSA_BITS
                    && rsa.getPublicExponent().equals(RSA_EXPONENT)
                    && publicKeyInfo.equals(Bytes.copyOf(key.getEncoded()))) {
                return key;
            }
        } catch (InvalidKeySpecException | RuntimeException _) {
            // Refused below, like every other key that is none.
        } catch (NoSuchAlgorithmException e) {
            throw new CloisterBugException("the JDK has no RSA", e);
        }
        throw new MalformedException(
                subject + ".subjectPublicKeyInfo",
                "an RSA key of 4096 bits with exponent 65537",
                publicKeyInfo.toString());
    }

    private boolean usage(int bit) {
        return keyUsage.isEmpty() || (keyUsage.get().at(0) & (0x80 >> bit)) != 0;
    }

    @Override
    public String toString() {
        return "Certificate[" + subject + " by " + issuer + "]";
    }

    private record Constraints(boolean ca, int pathLength) {
        static Constraints of(Map<String, Extension> extensions, String name)
                throws MalformedException {
            Extension extension = extensions.get(BASIC_CONSTRAINTS);
            if (extension == null) {
                return new Constraints(false, Integer.MAX_VALUE);
            }
            DerReader outer = DerReader.of(extension.value(), name + ".basicConstraints");
            DerReader reader = outer.element("constraints", DerReader.SEQUENCE);
            outer.end();
            boolean ca = reader.nextIs(DerReader.BOOLEAN) && reader.trueOnly("ca");
            int pathLength =
                    reader.hasNext()
                            ? reader.natural("pathLength", DerReader.INTEGER, 1).intValue()
                            : Integer.MAX_VALUE;
            reader.end();
            return new Constraints(ca, pathLength);
        }
    }
}
