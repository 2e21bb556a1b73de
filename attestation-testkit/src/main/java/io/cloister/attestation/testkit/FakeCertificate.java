package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// A certificate that a test issues with ECDSA, and every part of which it can alter. Used by one
/// thread.
public final class FakeCertificate {
    private static final Bytes ECDSA_SHA256 =
            DerWriter.sequence(DerWriter.oid("1.2.840.10045.4.3.2"));
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String KEY_USAGE = "2.5.29.15";

    private final String subject;
    private final List<One> extensions = new ArrayList<>();
    private EcTestKey key;
    private EcTestKey signer;
    private String issuer;
    private String organisation = "Intel Corporation";
    private Bytes publicKeyInfo;
    private BigInteger serial;
    private UnaryOperator<Bytes> serialForm = UnaryOperator.identity();
    private Instant notBefore;
    private Instant notAfter;
    private Bytes algorithm = ECDSA_SHA256;
    private UnaryOperator<Bytes> signature = UnaryOperator.identity();

    private record One(String oid, Bytes der) {}

    /// A certificate for `key` under the name `subject`, signed by itself.
    public FakeCertificate(String subject, EcTestKey key, Instant notBefore, Instant notAfter) {
        this.subject = subject;
        this.issuer = subject;
        this.key = key;
        this.signer = key;
        this.publicKeyInfo = key.publicKeyInfo();
        this.serial =
                new BigInteger(1, Sha256.of(Bytes.utf8(subject)).value().slice(0, 16).toArray());
        this.notBefore = notBefore;
        this.notAfter = notAfter;
        extension("2.5.29.35", false, DerWriter.sequence());
        extension("2.5.29.31", false, DerWriter.sequence());
        extension("2.5.29.14", false, DerWriter.octets(Sha256.of(publicKeyInfo).value()));
    }

    /// Makes it a CA with room for `pathLength` further ones.
    public FakeCertificate authority(int pathLength) {
        extension(
                BASIC_CONSTRAINTS,
                true,
                DerWriter.sequence(DerWriter.bool(true), DerWriter.integer(pathLength)));
        return keyUsage(1, 0x06);
    }

    /// Makes it one that signs data.
    public FakeCertificate leaf() {
        extension(BASIC_CONSTRAINTS, true, DerWriter.sequence());
        return keyUsage(6, 0xc0);
    }

    /// Sets the key usage bits, of which the last `unused` do not count.
    public FakeCertificate keyUsage(int unused, int bits) {
        return extension(
                KEY_USAGE,
                true,
                DerWriter.element(0x03, Bytes.copyOf(new byte[] {(byte) unused, (byte) bits})));
    }

    /// Puts an extension in the place of the one with this OID.
    public FakeCertificate extension(String oid, boolean critical, Bytes value) {
        without(oid);
        Bytes flag = critical ? DerWriter.bool(true) : Bytes.copyOf(new byte[0]);
        extensions.add(
                new One(
                        oid,
                        DerWriter.sequence(DerWriter.oid(oid), flag, DerWriter.octets(value))));
        return this;
    }

    /// Leaves an extension out.
    public FakeCertificate without(String oid) {
        extensions.removeIf(one -> one.oid.equals(oid));
        return this;
    }

    /// Puts an extension in a second time.
    public FakeCertificate twice(String oid) {
        extensions.addAll(extensions.stream().filter(one -> one.oid.equals(oid)).toList());
        return this;
    }

    /// Names and key of the issuer.
    public FakeCertificate issuedBy(FakeCertificate authority) {
        this.issuer = authority.subject;
        return signedWith(authority.key);
    }

    /// The issuer's name only.
    public FakeCertificate issuer(String name) {
        this.issuer = name;
        return this;
    }

    /// The organisation in subject and issuer.
    public FakeCertificate organisation(String name) {
        this.organisation = name;
        return this;
    }

    /// The key that signs.
    public FakeCertificate signedWith(EcTestKey other) {
        this.signer = other;
        return this;
    }

    /// The key it is for.
    public FakeCertificate key(EcTestKey other) {
        this.key = other;
        this.publicKeyInfo = other.publicKeyInfo();
        return this;
    }

    /// The key it is for, in any form.
    public FakeCertificate publicKeyInfo(Bytes info) {
        this.publicKeyInfo = info;
        return this;
    }

    /// From when it is valid.
    public FakeCertificate notBefore(Instant instant) {
        this.notBefore = instant;
        return this;
    }

    /// Until when it is valid.
    public FakeCertificate notAfter(Instant instant) {
        this.notAfter = instant;
        return this;
    }

    /// The algorithm it names, whatever it is signed with.
    public FakeCertificate algorithm(Bytes identifier) {
        this.algorithm = identifier;
        return this;
    }

    /// What becomes of its signature.
    public FakeCertificate signature(UnaryOperator<Bytes> change) {
        this.signature = change;
        return this;
    }

    /// Its serial number.
    public BigInteger serial() {
        return serial;
    }

    /// Sets its serial number.
    public FakeCertificate serial(BigInteger number) {
        this.serial = number;
        return this;
    }

    /// What becomes of its serial number's encoding.
    public FakeCertificate serialForm(UnaryOperator<Bytes> change) {
        this.serialForm = change;
        return this;
    }

    /// Its name.
    public String subject() {
        return subject;
    }

    /// The key it is for.
    public EcTestKey key() {
        return key;
    }

    /// The certificate.
    public Bytes der() {
        Bytes body =
                DerWriter.sequence(
                        DerWriter.explicit(0, DerWriter.integer(2)),
                        serialForm.apply(DerWriter.integer(serial)),
                        algorithm,
                        name(issuer, organisation),
                        DerWriter.sequence(DerWriter.time(notBefore), DerWriter.time(notAfter)),
                        name(subject, organisation),
                        publicKeyInfo,
                        DerWriter.explicit(
                                3,
                                DerWriter.sequence(
                                        extensions.stream().map(One::der).toArray(Bytes[]::new))));
        Bytes signed = signature.apply(signer.signDer(body));
        return DerWriter.sequence(body, algorithm, DerWriter.bits(signed));
    }

    /// As PEM.
    public String pem() {
        return "-----BEGIN CERTIFICATE-----\n" + der().base64() + "\n-----END CERTIFICATE-----\n";
    }

    static Bytes name(String commonName, String organisation) {
        return DerWriter.sequence(
                part("2.5.4.3", DerWriter.utf8(commonName)),
                part("2.5.4.10", DerWriter.utf8(organisation)),
                part("2.5.4.7", DerWriter.utf8("Santa Clara")),
                part("2.5.4.8", DerWriter.utf8("CA")),
                part("2.5.4.6", DerWriter.printable("US")));
    }

    private static Bytes part(String oid, Bytes value) {
        return DerWriter.set(DerWriter.sequence(DerWriter.oid(oid), value));
    }
}
