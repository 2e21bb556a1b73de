package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;

import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// A revocation list that a test issues with ECDSA, and every part of which it can alter. Used by
/// one thread.
public final class FakeCrl {
    private static final Bytes ECDSA_SHA256 =
            DerWriter.sequence(DerWriter.oid("1.2.840.10045.4.3.2"));

    private final List<BigInteger> serials = new ArrayList<>();
    private UnaryOperator<Bytes> serialForm = UnaryOperator.identity();
    private String issuer;
    private EcTestKey signer;
    private Instant thisUpdate;
    private Instant nextUpdate;
    private UnaryOperator<Bytes> signature = UnaryOperator.identity();

    /// An empty list by `authority`.
    public FakeCrl(FakeCertificate authority, Instant thisUpdate, Instant nextUpdate) {
        this.issuer = authority.subject();
        this.signer = authority.key();
        this.thisUpdate = thisUpdate;
        this.nextUpdate = nextUpdate;
    }

    /// Lists serial numbers.
    public FakeCrl revoke(BigInteger... numbers) {
        serials.addAll(List.of(numbers));
        return this;
    }

    /// What becomes of the encoding of the numbers that it lists.
    public FakeCrl serialForm(UnaryOperator<Bytes> change) {
        this.serialForm = change;
        return this;
    }

    /// The issuer's name.
    public FakeCrl issuer(String name) {
        this.issuer = name;
        return this;
    }

    /// The key that signs.
    public FakeCrl signedWith(EcTestKey other) {
        this.signer = other;
        return this;
    }

    /// From when it counts.
    public FakeCrl thisUpdate(Instant instant) {
        this.thisUpdate = instant;
        return this;
    }

    /// Until when it counts.
    public FakeCrl nextUpdate(Instant instant) {
        this.nextUpdate = instant;
        return this;
    }

    /// What becomes of its signature.
    public FakeCrl signature(UnaryOperator<Bytes> change) {
        this.signature = change;
        return this;
    }

    /// The list.
    public Bytes der() {
        Bytes[] entries =
                serials.stream()
                        .map(serial ->
                                DerWriter.sequence(
                                        serialForm.apply(DerWriter.integer(serial)),
                                        DerWriter.time(thisUpdate)))
                        .toArray(Bytes[]::new);
        Bytes revoked =
                entries.length == 0 ? Bytes.copyOf(new byte[0]) : DerWriter.sequence(entries);
        Bytes body =
                DerWriter.sequence(
                        DerWriter.integer(1),
                        ECDSA_SHA256,
                        FakeCertificate.name(issuer, "Intel Corporation"),
                        DerWriter.time(thisUpdate),
                        DerWriter.time(nextUpdate),
                        revoked);
        Bytes signed = signature.apply(signer.signDer(body));
        return DerWriter.sequence(body, ECDSA_SHA256, DerWriter.bits(signed));
    }
}
