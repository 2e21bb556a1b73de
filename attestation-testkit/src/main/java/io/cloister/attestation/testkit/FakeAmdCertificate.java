package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;

import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/// A certificate of a fake AMD hierarchy, every part of which a test can alter. Used by one thread.
public final class FakeAmdCertificate {
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384, 48 bytes of salt, as AMD writes it.
    public static final Bytes PSS = pss("2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.2", 48);

    /// From when fake certificates are valid.
    public static final Instant BEGIN = Instant.parse("2025-01-01T00:00:00Z");

    /// Until when fake certificates are valid.
    public static final Instant END = Instant.parse("2035-01-01T00:00:00Z");

    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String KEY_USAGE = "2.5.29.15";

    private final List<One> extensions = new ArrayList<>();
    private String subject;
    private String issuer;
    private String organisation = "Advanced Micro Devices";
    private Bytes publicKeyInfo;
    private RsaTestKey signer;
    private BigInteger serial = BigInteger.ZERO;
    private Instant notBefore = BEGIN;
    private Instant notAfter = END;
    private Bytes algorithm = PSS;
    private BiFunction<RsaTestKey, Bytes, Bytes> signing = RsaTestKey::sign;

    private record One(String oid, Bytes der) {}

    /// A certificate for a public key.
    public FakeAmdCertificate(
            String subject, Bytes publicKeyInfo, String issuer, RsaTestKey signer) {
        this.subject = subject;
        this.publicKeyInfo = publicKeyInfo;
        this.issuer = issuer;
        this.signer = signer;
    }

    /// The identifier of RSASSA-PSS with a hash, a hash of MGF1 and a length of salt.
    public static Bytes pss(String hash, String mgfHash, int saltLength) {
        return DerWriter.sequence(
                DerWriter.oid("1.2.840.113549.1.1.10"),
                DerWriter.sequence(
                        DerWriter.explicit(0, DerWriter.sequence(DerWriter.oid(hash))),
                        DerWriter.explicit(
                                1,
                                DerWriter.sequence(
                                        DerWriter.oid("1.2.840.113549.1.1.8"),
                                        DerWriter.sequence(DerWriter.oid(mgfHash)))),
                        DerWriter.explicit(2, DerWriter.integer(saltLength)),
                        DerWriter.explicit(3, DerWriter.integer(1))));
    }

    /// Makes it a CA; a negative path length is left out.
    public FakeAmdCertificate authority(int pathLength, int usage) {
        Bytes constraint =
                pathLength < 0
                        ? DerWriter.sequence(DerWriter.bool(true))
                        : DerWriter.sequence(DerWriter.bool(true), DerWriter.integer(pathLength));
        extension(BASIC_CONSTRAINTS, true, constraint);
        return extension(
                KEY_USAGE,
                true,
                DerWriter.element(0x03, Bytes.copyOf(new byte[] {1, (byte) usage})));
    }

    /// Puts an extension in the place of the one with this OID.
    public FakeAmdCertificate extension(String oid, boolean critical, Bytes value) {
        without(oid);
        Bytes flag = critical ? DerWriter.bool(true) : Bytes.copyOf(new byte[0]);
        extensions.add(
                new One(
                        oid,
                        DerWriter.sequence(DerWriter.oid(oid), flag, DerWriter.octets(value))));
        return this;
    }

    /// Leaves an extension out.
    public FakeAmdCertificate without(String oid) {
        extensions.removeIf(one -> one.oid.equals(oid));
        return this;
    }

    /// Puts an extension in a second time.
    public FakeAmdCertificate twice(String oid) {
        extensions.addAll(extensions.stream().filter(one -> one.oid.equals(oid)).toList());
        return this;
    }

    /// Whose key it says to be.
    public FakeAmdCertificate subject(String name) {
        this.subject = name;
        return this;
    }

    /// Who it says issued it.
    public FakeAmdCertificate issuer(String name) {
        this.issuer = name;
        return this;
    }

    /// The organisation in both names.
    public FakeAmdCertificate organisation(String name) {
        this.organisation = name;
        return this;
    }

    /// The key it is for.
    public FakeAmdCertificate publicKeyInfo(Bytes info) {
        this.publicKeyInfo = info;
        return this;
    }

    /// The key that signs it.
    public FakeAmdCertificate signer(RsaTestKey key) {
        this.signer = key;
        return this;
    }

    /// Its serial number.
    public FakeAmdCertificate serial(long number) {
        this.serial = BigInteger.valueOf(number);
        return this;
    }

    /// Its validity.
    public FakeAmdCertificate valid(Instant from, Instant until) {
        this.notBefore = from;
        this.notAfter = until;
        return this;
    }

    /// The algorithm it names, whatever it is signed with.
    public FakeAmdCertificate algorithm(Bytes identifier) {
        this.algorithm = identifier;
        return this;
    }

    /// How it is signed.
    public FakeAmdCertificate signing(BiFunction<RsaTestKey, Bytes, Bytes> how) {
        this.signing = how;
        return this;
    }

    /// The certificate.
    public Bytes der() {
        Bytes body =
                DerWriter.sequence(
                        DerWriter.explicit(0, DerWriter.integer(2)),
                        DerWriter.integer(serial),
                        algorithm,
                        name(issuer, organisation),
                        DerWriter.sequence(DerWriter.time(notBefore), DerWriter.time(notAfter)),
                        name(subject, organisation),
                        publicKeyInfo,
                        DerWriter.explicit(
                                3,
                                DerWriter.sequence(
                                        extensions.stream().map(One::der).toArray(Bytes[]::new))));
        return DerWriter.sequence(body, algorithm, DerWriter.bits(signing.apply(signer, body)));
    }

    static Bytes name(String commonName, String organisation) {
        return DerWriter.sequence(
                part("2.5.4.11", DerWriter.utf8("Engineering")),
                part("2.5.4.6", DerWriter.printable("US")),
                part("2.5.4.7", DerWriter.utf8("Santa Clara")),
                part("2.5.4.8", DerWriter.utf8("CA")),
                part("2.5.4.10", DerWriter.utf8(organisation)),
                part("2.5.4.3", DerWriter.utf8(commonName)));
    }

    private static Bytes part(String oid, Bytes value) {
        return DerWriter.set(DerWriter.sequence(DerWriter.oid(oid), value));
    }
}
