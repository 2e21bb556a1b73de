package io.cloister.attestation.pki;

import io.cloister.attestation.testkit.DerWriter;
import io.cloister.attestation.testkit.EcTestKey;
import io.cloister.protocol.Bytes;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// The parts of an accepted certificate or revocation list, each of which a test can alter.
final class Parts {
    static final Instant FROM = Instant.parse("2027-01-01T00:00:00Z");
    static final Instant TO = Instant.parse("2027-12-31T23:59:59Z");
    static final EcTestKey KEY = EcTestKey.named("parts");
    static final Bytes ECDSA = DerWriter.sequence(DerWriter.oid("1.2.840.10045.4.3.2"));
    static final Bytes NOTHING = Bytes.copyOf(new byte[0]);

    /// The parts of the signed body, by name below.
    final List<Bytes> body = new ArrayList<>();

    Bytes algorithm = ECDSA;
    Bytes behindAlgorithm = NOTHING;
    Bytes behindSignature = NOTHING;
    byte unusedBits = 0;

    private Parts(Bytes... parts) {
        body.addAll(List.of(parts));
    }

    // Positions in a certificate's body.
    static final int VERSION = 0;
    static final int SERIAL = 1;
    static final int ALGORITHM = 2;
    static final int ISSUER = 3;
    static final int VALIDITY = 4;
    static final int SUBJECT = 5;
    static final int KEY_INFO = 6;
    static final int EXTENSIONS = 7;

    // Positions in a revocation list's body.
    static final int THIS_UPDATE = 3;
    static final int NEXT_UPDATE = 4;
    static final int REVOKED = 5;
    static final int LIST_EXTENSIONS = 6;

    static Parts certificate() {
        return new Parts(
                DerWriter.explicit(0, DerWriter.integer(2)),
                DerWriter.integer(77),
                ECDSA,
                name("Issuer"),
                DerWriter.sequence(DerWriter.time(FROM), DerWriter.time(TO)),
                name("Subject"),
                KEY.publicKeyInfo(),
                extensions(
                        3,
                        extension(
                                Certificate.BASIC_CONSTRAINTS,
                                true,
                                DerWriter.sequence(DerWriter.bool(true), DerWriter.integer(1))),
                        extension(Certificate.KEY_USAGE, true, hex("03020106"))));
    }

    static Parts list() {
        return new Parts(
                DerWriter.integer(1),
                ECDSA,
                name("Issuer"),
                DerWriter.time(FROM),
                DerWriter.time(TO),
                DerWriter.sequence(entry(5), entry(300)),
                extensions(0, extension("2.5.29.20", false, DerWriter.integer(1))));
    }

    static Bytes entry(int serial, Bytes... behind) {
        return DerWriter.sequence(
                DerWriter.integer(serial), DerWriter.time(FROM), Bytes.concat(behind));
    }

    static Bytes name(String commonName) {
        return DerWriter.sequence(part("2.5.4.3", DerWriter.utf8(commonName)));
    }

    static Bytes part(String oid, Bytes value) {
        return DerWriter.set(DerWriter.sequence(DerWriter.oid(oid), value));
    }

    static Bytes extension(String oid, boolean critical, Bytes value) {
        return DerWriter.sequence(
                DerWriter.oid(oid),
                critical ? DerWriter.bool(true) : NOTHING,
                DerWriter.octets(value));
    }

    static Bytes extensions(int tag, Bytes... all) {
        return DerWriter.explicit(tag, DerWriter.sequence(all));
    }

    static Bytes hex(String digits) {
        return Bytes.copyOf(HexFormat.of().parseHex(digits));
    }

    Parts with(int position, Bytes part) {
        body.set(position, part);
        return this;
    }

    Parts without(int position) {
        return with(position, NOTHING);
    }

    Bytes der() {
        return der(KEY.signDer(bodyDer()));
    }

    Bytes bodyDer() {
        return DerWriter.sequence(body.toArray(Bytes[]::new));
    }

    Bytes der(Bytes signature) {
        return DerWriter.sequence(
                bodyDer(),
                algorithm,
                behindAlgorithm,
                DerWriter.element(
                        DerReader.BIT_STRING, Bytes.copyOf(new byte[] {unusedBits}), signature),
                behindSignature);
    }
}
