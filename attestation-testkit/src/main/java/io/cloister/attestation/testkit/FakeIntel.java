package io.cloister.attestation.testkit;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.intel.IntelVerification;
import io.cloister.attestation.intel.TeeType;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A fake Intel with one platform: a whole hierarchy under its own root, collateral, and a quote
/// that is authentic at [#NOW] until a test alters a part. It trusts nobody and nobody should trust
/// it: its keys can be made by anyone. Used by one thread.
public final class FakeIntel {
    /// The instant for which everything is made.
    public static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");

    /// From when certificates are valid.
    public static final Instant ISSUED = Instant.parse("2024-01-01T00:00:00Z");

    /// Until when certificates are valid.
    public static final Instant EXPIRES = Instant.parse("2033-01-01T00:00:00Z");

    /// From when lists and collateral count.
    public static final Instant PUBLISHED = Instant.parse("2026-01-01T00:00:00Z");

    /// Until when lists and collateral count.
    public static final Instant NEXT = Instant.parse("2026-01-31T00:00:00Z");

    private final FakeCertificate root =
            new FakeCertificate("Intel SGX Root CA", EcTestKey.named("intel root"), ISSUED, EXPIRES)
                    .authority(1);
    private final FakeCertificate authority =
            new FakeCertificate(
                            "Intel SGX PCK Platform CA",
                            EcTestKey.named("platform ca"),
                            ISSUED,
                            EXPIRES)
                    .authority(0)
                    .issuedBy(root);
    private final FakePlatform platform = new FakePlatform();
    private final FakeCertificate pck =
            new FakeCertificate(
                            "Intel SGX PCK Certificate", EcTestKey.named("pck"), ISSUED, EXPIRES)
                    .leaf()
                    .issuedBy(authority);
    private final FakeCertificate tcbSigner =
            new FakeCertificate(
                            "Intel SGX TCB Signing",
                            EcTestKey.named("tcb signing"),
                            ISSUED,
                            EXPIRES)
                    .leaf()
                    .issuedBy(root);
    private final FakeCrl rootCrl = new FakeCrl(root, PUBLISHED, NEXT);
    private final FakeCrl pckCrl = new FakeCrl(authority, PUBLISHED, NEXT);
    private final FakeTcbInfo tcbInfo;
    private final FakeQeIdentity qeIdentity;
    private final FakeQuote quote;

    private FakeIntel(TeeType kind, int version, boolean td15) {
        this.tcbInfo = new FakeTcbInfo(kind, PUBLISHED, NEXT);
        this.qeIdentity = new FakeQeIdentity(kind, PUBLISHED, NEXT);
        Bytes none = Bytes.copyOf(new byte[0]);
        this.quote =
                kind == TeeType.SGX
                        ? FakeQuote.sgx(version, pck.key(), none)
                        : FakeQuote.tdx(version, td15, pck.key(), none);
        certify();
    }

    /// With an SGX quote of version 3.
    public static FakeIntel sgx() {
        return sgx(3);
    }

    /// With an SGX quote of the given version, 3 to 5.
    public static FakeIntel sgx(int version) {
        return new FakeIntel(TeeType.SGX, version, false);
    }

    /// With a TDX quote of version 4.
    public static FakeIntel tdx() {
        return new FakeIntel(TeeType.TDX, 4, false);
    }

    /// With a TDX quote of version 5 about a TD 1.0.
    public static FakeIntel tdx5() {
        return new FakeIntel(TeeType.TDX, 5, false);
    }

    /// With a TDX quote of version 5 about a TD 1.5.
    public static FakeIntel tdx15() {
        return new FakeIntel(TeeType.TDX, 5, true);
    }

    /// Issues the PCK certificate for the platform as it is now, and puts the chain as it is now
    /// into the quote.
    public FakeIntel certify() {
        pck.extension(FakePlatform.OID, false, platform.der());
        return embed();
    }

    /// Puts the chain as it is now into the quote.
    public FakeIntel embed() {
        quote.certification(5, Bytes.utf8(pck.pem() + authority.pem() + root.pem()));
        return this;
    }

    /// The root.
    public FakeCertificate root() {
        return root;
    }

    /// The authority that issues the PCK certificate.
    public FakeCertificate authority() {
        return authority;
    }

    /// What the PCK certificate says, after [#certify].
    public FakePlatform platform() {
        return platform;
    }

    /// The PCK certificate.
    public FakeCertificate pck() {
        return pck;
    }

    /// Who signs TCB info and QE identity.
    public FakeCertificate tcbSigner() {
        return tcbSigner;
    }

    /// The root's revocation list.
    public FakeCrl rootCrl() {
        return rootCrl;
    }

    /// The authority's revocation list.
    public FakeCrl pckCrl() {
        return pckCrl;
    }

    /// TCB info.
    public FakeTcbInfo tcbInfo() {
        return tcbInfo;
    }

    /// QE identity.
    public FakeQeIdentity qeIdentity() {
        return qeIdentity;
    }

    /// The quote.
    public FakeQuote quote() {
        return quote;
    }

    /// An answer as Intel's service gives it: a body signed with the TCB signing key.
    public Bytes answer(String name, String body) {
        return answer(name, body, tcbSigner.key().signRaw(Bytes.utf8(body)));
    }

    /// An answer with any signature.
    public static Bytes answer(String name, String body, Bytes signature) {
        return Bytes.utf8(
                "{\"" + name + "\":" + body + ",\"signature\":\"" + signature.hex() + "\"}");
    }

    /// The signed TCB info.
    public Bytes tcbInfoAnswer() {
        return answer("tcbInfo", tcbInfo.body());
    }

    /// The signed QE identity.
    public Bytes qeIdentityAnswer() {
        return answer("enclaveIdentity", qeIdentity.body());
    }

    /// All Endorsements as they are now, in a list that may be altered.
    public List<Endorsement> endorsements() {
        return new ArrayList<>(
                List.of(
                        new Endorsement.X509(tcbSigner.der()),
                        new Endorsement.Crl(rootCrl.der()),
                        new Endorsement.Crl(pckCrl.der()),
                        new Endorsement.TcbInfo(tcbInfoAnswer()),
                        new Endorsement.QeIdentity(qeIdentityAnswer())));
    }

    /// The pin of its root.
    public PinnedKey pin() {
        return new PinnedKey(
                "Intel SGX Root CA",
                Sha256.of(EcTestKey.named("intel root").publicKeyInfo()),
                "nowhere");
    }

    /// The vendors' roots, with its own in the place of Intel's.
    public VendorRoots roots() {
        VendorRoots real = VendorRoots.pinned();
        return new VendorRoots(pin(), real.milan(), real.genoa(), real.turin());
    }

    /// A verifier under its root.
    public IntelVerification verifier() {
        return new IntelVerification(pin(), SignatureChecks.ofPlatform());
    }

    /// Verifies its quote with its Endorsements.
    ///
    /// @throws CouldNotCheckException as the verifier does
    /// @throws MalformedException as the verifier does
    public Optional<IntelVerification.Result> verify(Findings findings)
            throws CouldNotCheckException, MalformedException {
        return verifier()
                .verify(
                        quote.bytes(),
                        quote.kind(),
                        new Endorsements(endorsements()),
                        NOW,
                        findings);
    }
}
