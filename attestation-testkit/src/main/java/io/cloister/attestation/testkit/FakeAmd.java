package io.cloister.attestation.testkit;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// A fake AMD: hierarchies of each product, chips and cloud providers with their keys, reports that
/// verify. Its parts can be altered before Evidence and Endorsements are asked for. Used by one
/// thread.
public final class FakeAmd {
    /// An instant at which everything is valid.
    public static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

    /// The arc of AMD's extensions.
    public static final String ARC = "1.3.6.1.4.1.3704.1.";

    private static final int CERT_SIGN = 0x04;
    private static final int CERT_AND_CRL_SIGN = 0x06;

    private static final Map<String, RsaTestKey> KEYS = keys();

    private final SnpProduct product;
    private final SigningKey signingKey;
    private final EcTestKey leafKey;
    private final FakeAmdCertificate root;
    private final FakeAmdCertificate issuer;
    private final FakeAmdCertificate leaf;
    private final FakeAmdCrl revocationList;
    private final FakeSnpReport report;

    /// Everything for one report that verifies.
    ///
    /// @param version of the report, 2 to 5
    public FakeAmd(SnpProduct product, SigningKey signingKey, int version) {
        this.product = product;
        this.signingKey = signingKey;
        String word = product.word();
        boolean vlek = signingKey == SigningKey.VLEK;
        RsaTestKey rootKey = key("ark", product);
        RsaTestKey issuerKey = key(vlek ? "asvk" : "ask", product);
        String rootName = "ARK-" + word;
        String issuerName = (vlek ? "SEV-VLEK-" : "SEV-") + word;
        this.root =
                new FakeAmdCertificate(rootName, rootKey.publicKeyInfo(), rootName, rootKey)
                        .serial(0x10000)
                        .authority(-1, CERT_AND_CRL_SIGN);
        this.issuer =
                new FakeAmdCertificate(issuerName, issuerKey.publicKeyInfo(), rootName, rootKey)
                        .serial(vlek ? 0x10101 : 0x10001)
                        .authority(0, CERT_SIGN);
        this.leafKey = EcTestKey.named("leaf " + issuerName, "secp384r1");
        this.leaf =
                new FakeAmdCertificate(
                        vlek ? "SEV-VLEK" : "SEV-VCEK",
                        leafKey.publicKeyInfo(),
                        issuerName,
                        issuerKey);
        extensions(vlek);
        this.revocationList = new FakeAmdCrl(rootName, rootKey).revoke(0x20001);
        this.report =
                new FakeSnpReport(
                        product,
                        signingKey,
                        version,
                        tcb(),
                        vlek ? Bytes.copyOf(new byte[64]) : chip());
    }

    /// One of the fixed keys.
    public static RsaTestKey key(String role, SnpProduct product) {
        return Objects.requireNonNull(KEYS.get(role + product));
    }

    private static Map<String, RsaTestKey> keys() {
        var keys = new HashMap<String, RsaTestKey>();
        for (SnpProduct product : SnpProduct.values()) {
            for (String role : List.of("ark", "ask", "asvk")) {
                String file = role + "-" + product.word().toLowerCase(Locale.ROOT);
                keys.put(role + product, RsaTestKey.named(file));
            }
        }
        return Map.copyOf(keys);
    }

    /// The roots of the fake AMD, in place of the real one's.
    public static VendorRoots roots() {
        return new VendorRoots(
                VendorRoots.pinned().intel(),
                pin(SnpProduct.MILAN),
                pin(SnpProduct.GENOA),
                pin(SnpProduct.TURIN));
    }

    private static PinnedKey pin(SnpProduct product) {
        return new PinnedKey(
                "ARK-" + product.word(),
                Sha256.of(key("ark", product).publicKeyInfo()),
                "the testkit");
    }

    private void extensions(boolean vlek) {
        boolean turin = product == SnpProduct.TURIN;
        number("1", turin ? 1 : 0);
        text("2", product == SnpProduct.MILAN && !vlek ? "Milan-B0" : product.word());
        int[] levels =
                turin ? new int[] {9, 1, 2, 3, 5, 6, 7, 8} : new int[] {1, 2, 4, 5, 6, 7, 3, 8};
        for (int i = 0; i < levels.length; i++) {
            number("3." + levels[i], tcb().at(i) & 0xff);
        }
        if (vlek) {
            text("5", "CN=cloud.example");
        } else {
            leaf.extension(ARC + "4", false, chip().slice(0, turin ? 8 : 64));
        }
    }

    /// Sets one of AMD's numeric extensions of the leaf.
    public FakeAmd number(String oid, int value) {
        leaf.extension(ARC + oid, false, DerWriter.integer(value));
        return this;
    }

    /// Sets one of AMD's textual extensions of the leaf.
    public FakeAmd text(String oid, String value) {
        leaf.extension(ARC + oid, false, DerWriter.ia5(value));
        return this;
    }

    /// The TCB version of everything.
    public Bytes tcb() {
        return switch (product) {
            case MILAN -> Bytes.copyOf(new byte[] {4, 0, 0, 0, 0, 0, 24, (byte) 219});
            case GENOA -> Bytes.copyOf(new byte[] {10, 0, 0, 0, 0, 0, 23, 84});
            case TURIN -> Bytes.copyOf(new byte[] {1, 2, 3, 4, 0, 0, 0, 72});
        };
    }

    /// The chip's id, as reports have it.
    public Bytes chip() {
        var chip = new byte[64];
        for (int i = 0; i < (product == SnpProduct.TURIN ? 8 : 64); i++) {
            chip[i] = (byte) (0x40 + i);
        }
        return Bytes.copyOf(chip);
    }

    /// The key that signs reports.
    public EcTestKey leafKey() {
        return leafKey;
    }

    /// The root's certificate.
    public FakeAmdCertificate root() {
        return root;
    }

    /// The certificate of the leaf's issuer.
    public FakeAmdCertificate issuer() {
        return issuer;
    }

    /// The VCEK's or VLEK's certificate.
    public FakeAmdCertificate leaf() {
        return leaf;
    }

    /// The root's revocation list.
    public FakeAmdCrl revocationList() {
        return revocationList;
    }

    /// The report, not signed yet.
    public FakeSnpReport report() {
        return report;
    }

    /// The report as it is now, signed.
    public SnpEvidence evidence() {
        return new SnpEvidence(report.sign(leafKey).bytes());
    }

    /// The same with a certificate table behind it.
    public SnpEvidence extended() {
        return new SnpEvidence(
                Bytes.concat(
                        report.sign(leafKey).bytes(),
                        table(
                                new TableEntry(
                                        signingKey == SigningKey.VLEK
                                                ? TableEntry.VLEK
                                                : TableEntry.VCEK,
                                        leaf.der()),
                                new TableEntry(TableEntry.ASK, issuer.der()),
                                new TableEntry(TableEntry.ARK, root.der()),
                                new TableEntry(TableEntry.CRL, revocationList.der()))));
    }

    /// One entry of a certificate table.
    ///
    /// @param guid 32 hexadecimal digits
    /// @param content of the entry
    public record TableEntry(String guid, Bytes content) {
        /// The chip's certificate.
        public static final String VCEK = "63da758de6644564adc5f4b93be8accd";

        /// The cloud provider's certificate.
        public static final String VLEK = "a8074bc2a25a483eaae639c045a0b8a1";

        /// The issuer of either.
        public static final String ASK = "4ab7b379bbac4fe4a02f05aef327c782";

        /// A root.
        public static final String ARK = "c0b406a4a803495297433fb6014cd0ae";

        /// A revocation list.
        public static final String CRL = "92f81bc358114d3d97ffd19f88dc67ea";
    }

    /// A certificate table: rows, their end, entries in the same order.
    public static Bytes table(TableEntry... entries) {
        var head = ByteBuffer.allocate(24 * (entries.length + 1)).order(ByteOrder.LITTLE_ENDIAN);
        List<Bytes> parts = new ArrayList<>();
        int offset = head.capacity();
        for (TableEntry entry : entries) {
            head.put(HexFormat.of().parseHex(entry.guid));
            head.putInt(offset).putInt(entry.content.length());
            offset += entry.content.length();
            parts.add(entry.content);
        }
        parts.addFirst(Bytes.copyOf(head.array()));
        return Bytes.concat(parts.toArray(Bytes[]::new));
    }

    /// A list of certificates as a serialiser writes it: the first with a GUID in its type.
    public static Bytes list(Bytes... certificates) {
        List<Bytes> parts = new ArrayList<>();
        parts.add(number(Long.BYTES, certificates.length));
        for (Bytes certificate : certificates) {
            parts.add(number(Integer.BYTES, 3));
            if (parts.size() == 2 && certificates.length > 1) {
                parts.add(number(Long.BYTES, 16));
                parts.add(Bytes.copyOf(HexFormat.of().parseHex(TableEntry.VLEK)));
            }
            parts.add(number(Long.BYTES, certificate.length()));
            parts.add(certificate);
        }
        return Bytes.concat(parts.toArray(Bytes[]::new));
    }

    private static Bytes number(int length, long value) {
        byte[] little =
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .array();
        return Bytes.copyOf(little).slice(0, length);
    }

    /// Certificates and revocation list, as they are now.
    public Endorsements endorsements() {
        return endorsements(leaf.der(), issuer.der(), root.der());
    }

    /// The revocation list as it is now, and these certificates.
    public Endorsements endorsements(Bytes... certificates) {
        var all = new ArrayList<Endorsement>();
        for (Bytes der : certificates) {
            all.add(new Endorsement.X509(der));
        }
        all.add(new Endorsement.Crl(revocationList.der()));
        return new Endorsements(all);
    }
}
