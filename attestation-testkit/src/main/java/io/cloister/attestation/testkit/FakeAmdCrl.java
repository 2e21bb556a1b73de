package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/// A revocation list of a fake AMD hierarchy, every part of which a test can alter. Used by one
/// thread.
public final class FakeAmdCrl {
    /// From when fake lists count.
    public static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    /// Until when fake lists count.
    public static final Instant END = Instant.parse("2027-01-01T00:00:00Z");

    private final List<Long> serials = new ArrayList<>();
    private String issuer;
    private RsaTestKey signer;
    private Instant thisUpdate = BEGIN;
    private Instant nextUpdate = END;
    private BiFunction<RsaTestKey, Bytes, Bytes> signing = RsaTestKey::sign;

    /// An empty list.
    public FakeAmdCrl(String issuer, RsaTestKey signer) {
        this.issuer = issuer;
        this.signer = signer;
    }

    /// Adds a serial number.
    public FakeAmdCrl revoke(long serial) {
        serials.add(serial);
        return this;
    }

    /// Who it says issued it.
    public FakeAmdCrl issuer(String name) {
        this.issuer = name;
        return this;
    }

    /// The key that signs it.
    public FakeAmdCrl signer(RsaTestKey key) {
        this.signer = key;
        return this;
    }

    /// When it counts.
    public FakeAmdCrl valid(Instant from, Instant until) {
        this.thisUpdate = from;
        this.nextUpdate = until;
        return this;
    }

    /// How it is signed.
    public FakeAmdCrl signing(BiFunction<RsaTestKey, Bytes, Bytes> how) {
        this.signing = how;
        return this;
    }

    /// The list.
    public Bytes der() {
        Bytes[] entries =
                serials.stream()
                        .map(serial ->
                                DerWriter.sequence(
                                        DerWriter.integer(serial), DerWriter.time(thisUpdate)))
                        .toArray(Bytes[]::new);
        Bytes revoked =
                entries.length == 0 ? Bytes.copyOf(new byte[0]) : DerWriter.sequence(entries);
        Bytes body =
                DerWriter.sequence(
                        DerWriter.integer(1),
                        FakeAmdCertificate.PSS,
                        FakeAmdCertificate.name(issuer, "Advanced Micro Devices"),
                        DerWriter.time(thisUpdate),
                        DerWriter.time(nextUpdate),
                        revoked);
        return DerWriter.sequence(
                body, FakeAmdCertificate.PSS, DerWriter.bits(signing.apply(signer, body)));
    }
}
