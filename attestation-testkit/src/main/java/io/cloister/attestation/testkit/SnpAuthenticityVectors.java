package io.cloister.attestation.testkit;

import static io.cloister.attestation.testkit.HardwareCases.AMD_DATA;
import static io.cloister.attestation.testkit.HardwarePolicies.SNP;
import static io.cloister.attestation.testkit.HardwarePolicies.filled;
import static io.cloister.attestation.testkit.SnpVectors.milan;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.protocol.Bytes;

import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/// Vectors of who signed a SEV-SNP report and for which chip (spec/evidence.md §10).
final class SnpAuthenticityVectors {
    private static final Instant NOW = FakeAmd.NOW;
    private static final String CONSTRAINTS = "2.5.29.19";
    private static final String SHA384 = "2.16.840.1.101.3.4.2.2";

    private static final List<Place> PLACES =
            List.of(
                    new Place("leaf", FakeAmd::leaf, 0),
                    new Place("issuer", FakeAmd::issuer, 1),
                    new Place("root", FakeAmd::root, 2));

    private final HardwareCases cases;

    private record Place(String word, Function<FakeAmd, FakeAmdCertificate> certificate, int at) {}

    SnpAuthenticityVectors(HardwareCases cases) {
        this.cases = cases;
    }

    void record() {
        report();
        tcb();
        chip();
        leaf();
        for (Place place : PLACES) {
            place(place);
        }
        padding();
        chain();
        revocation();
        missing();
    }

    private void refuse(String id, String comment, Consumer<FakeAmd> change, FindingCode... codes) {
        refuse(id, comment, milan(), change, codes);
    }

    private void refuse(
            String id,
            String comment,
            FakeAmd amd,
            Consumer<FakeAmd> change,
            FindingCode... codes) {
        cases.snp("snp-" + id, comment, amd, change, SNP, "refused", "verify", codes);
    }

    private void affirm(String id, String comment, Consumer<FakeAmd> change) {
        cases.snp("snp-" + id, comment, milan(), change, SNP, "affirmed", "");
    }

    private void malformed(String id, String comment, Consumer<FakeAmd> change) {
        cases.snp(
                "snp-" + id,
                comment,
                milan(),
                change,
                SNP,
                "refused",
                "parse",
                FindingCode.EVIDENCE_FORM);
    }

    private void bundle(
            String id,
            String comment,
            EvidenceBundle bundle,
            String outcome,
            String stage,
            FindingCode... codes) {
        cases.add(
                "snp-" + id, comment, bundle, SNP, AMD_DATA, List.of(), NOW, outcome, stage, codes);
    }

    private static FakeAmd turin() {
        return new FakeAmd(SnpProduct.TURIN, SigningKey.VCEK, 5);
    }

    private void report() {
        refuse(
                "signed-by-nobody",
                "a report that says that no key signed it",
                amd -> amd.report().u32(0x48, 7 << 2),
                FindingCode.SNP_SIGNING_KEY);
        for (int[] cpu : new int[][] {{0x17, 0x01}, {0x19, 0x20}, {0x1a, 0x20}, {0x1b, 0x00}}) {
            refuse(
                    String.format("processor-%02x-%02x", cpu[0], cpu[1]),
                    "a family and model of no known line of products",
                    amd -> amd.report().u8(0x188, cpu[0]).u8(0x189, cpu[1]),
                    FindingCode.SNP_PRODUCT);
        }
        refuse(
                "other-product",
                "a report of Genoa with a certificate of Milan",
                amd -> amd.report().u8(0x189, 0x11),
                FindingCode.SNP_PRODUCT);
        bundle(
                "signed-by-another-key",
                "signed with another key than the certificate's",
                new EvidenceBundle(
                        new SnpEvidence(
                                milan().report()
                                        .sign(EcTestKey.named("another", "secp384r1"))
                                        .bytes()),
                        milan().endorsements()),
                "refused",
                "verify",
                FindingCode.SNP_REPORT_SIGNATURE);
        bundle(
                "signature-zero",
                "both numbers of the signature are zero",
                new EvidenceBundle(
                        new SnpEvidence(milan().report().signature(filled(96, 0)).bytes()),
                        milan().endorsements()),
                "refused",
                "verify",
                FindingCode.SNP_REPORT_SIGNATURE);
        byte[] wide = milan().evidence().report().toArray();
        wide[FakeSnpReport.SIGNATURE + 48] = 1;
        bundle(
                "signature-too-wide",
                "a number of the signature with a byte above its 48",
                new EvidenceBundle(new SnpEvidence(Bytes.copyOf(wide)), milan().endorsements()),
                "refused",
                "parse",
                FindingCode.EVIDENCE_FORM);
        bundle(
                "with-its-chain",
                "certificates and list in the table behind the report",
                new EvidenceBundle(milan().extended(), new Endorsements(List.of())),
                "affirmed",
                "");
    }

    private void tcb() {
        for (int i : new int[] {0, 1, 6, 7}) {
            refuse(
                    "other-tcb-" + i,
                    "a part of the reported TCB that is not the certificate's",
                    amd -> amd.report().u8(0x180 + i, amd.tcb().at(i) + 1),
                    FindingCode.SNP_LEAF_TCB);
        }
        for (int offset : new int[] {0x38, 0x1e0, 0x1f0}) {
            refuse(
                    String.format("tcb-reserved-%03x", offset),
                    "a byte of a TCB version in which the product has nothing",
                    amd -> amd.report().u8(offset + 3, 1),
                    FindingCode.SNP_TCB_RESERVED);
            refuse(
                    String.format("turin-tcb-reserved-%03x", offset),
                    "a byte of a TCB version in which the product has nothing",
                    turin(),
                    amd -> amd.report().u8(offset + 5, 1),
                    FindingCode.SNP_TCB_RESERVED);
        }
    }

    private void chip() {
        FindingCode code = FindingCode.SNP_CHIP_ID;
        refuse(
                "turin-other-chip",
                "a byte of the chip's id that Turin does not use",
                turin(),
                amd -> amd.report().u8(0x1a8, 1),
                code);
        refuse(
                "hidden-chip-with-certificate-for-none",
                "a report that hides its chip, with a certificate for a chip of zeros",
                amd -> {
                    amd.leaf().extension(FakeAmd.ARC + "4", false, filled(64, 0));
                    amd.report().put(0x1a0, filled(64, 0));
                },
                code);
        refuse(
                "masked-chip-named",
                "a report that names its chip and says that it is masked",
                amd -> amd.report().u32(0x48, 2),
                code);
    }

    private void leaf() {
        FindingCode code = FindingCode.SNP_LEAF_PROFILE;
        for (String oid : List.of("1", "2", "3.1", "3.2", "3.3", "3.4", "3.7", "3.8")) {
            refuse(
                    "leaf-without-" + oid,
                    "a certificate without one of AMD's extensions",
                    amd -> amd.leaf().without(FakeAmd.ARC + oid),
                    code);
        }
        for (String oid : List.of("3.9", "6")) {
            refuse(
                    "leaf-unknown-" + oid,
                    "a certificate with an extension of AMD's that is unknown",
                    amd -> amd.number(oid, 0),
                    code);
        }
        refuse(
                "leaf-cloud-provider",
                "a chip's certificate that names a cloud provider",
                amd -> amd.text("5", "CN=cloud.example"),
                code);
        FakeAmd vlek = new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3);
        refuse(
                "leaf-no-cloud-provider",
                "a cloud provider's certificate that names none",
                vlek,
                amd -> amd.leaf().without(FakeAmd.ARC + "5"),
                code);
        refuse(
                "leaf-cloud-provider-with-chip",
                "a cloud provider's certificate that names a chip",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3),
                amd -> amd.leaf().extension(FakeAmd.ARC + "4", false, filled(64, 0)),
                code);
        refuse(
                "leaf-struct-version",
                "the structure of another line of products",
                amd -> amd.number("1", 1),
                code);
        for (String name : List.of("Rome", "Milan-", "Milan-BB0", "milan")) {
            refuse(
                    "leaf-product-" + name,
                    "a certificate for a product that is unknown",
                    amd -> amd.text("2", name),
                    code);
        }
        refuse(
                "leaf-padded-number",
                "a patch level with a zero in front, as BER allows",
                amd ->
                        amd.leaf()
                                .extension(
                                        FakeAmd.ARC + "3.1",
                                        false,
                                        DerWriter.element(0x02, Bytes.copyOf(new byte[] {0, 4}))),
                code);
        refuse(
                "leaf-wide-number",
                "a patch level that is right in its lowest byte",
                amd -> amd.number("3.8", 256 + 219),
                code);
        refuse(
                "leaf-spare-level",
                "a spare patch level that is not zero",
                amd -> amd.number("3.5", 1),
                FindingCode.SNP_LEAF_TCB);
        refuse(
                "leaf-is-ca",
                "a leaf that is an authority",
                amd ->
                        amd.leaf()
                                .extension(
                                        CONSTRAINTS,
                                        false,
                                        DerWriter.sequence(DerWriter.bool(true))),
                code);
        malformed(
                "leaf-double-extension",
                "a patch level twice",
                amd -> amd.leaf().twice(FakeAmd.ARC + "3.1"));
        refuse(
                "leaf-other-curve",
                "a key on P-256",
                amd -> amd.leaf().publicKeyInfo(EcTestKey.named("p256").publicKeyInfo()),
                FindingCode.SNP_REPORT_SIGNATURE);
        affirm(
                "leaf-wrapped-chip",
                "the chip's id in an OCTET STRING of its own",
                amd ->
                        amd.leaf()
                                .extension(FakeAmd.ARC + "4", false, DerWriter.octets(amd.chip())));
    }

    private void place(Place place) {
        FindingCode valid = FindingCode.SNP_CHAIN_VALID;
        String id = place.word();
        Function<FakeAmd, FakeAmdCertificate> of = place.certificate();
        affirm(
                id + "-last-instant",
                "the last at which it counts",
                amd -> of.apply(amd).valid(FakeAmdCertificate.BEGIN, NOW));
        refuse(
                id + "-expired",
                "a second after its end",
                amd -> of.apply(amd).valid(FakeAmdCertificate.BEGIN, NOW.minusSeconds(1)),
                valid);
        affirm(
                id + "-first-instant",
                "the first at which it counts",
                amd -> of.apply(amd).valid(NOW, FakeAmdCertificate.END));
        refuse(
                id + "-not-begun",
                "a second before its begin",
                amd -> of.apply(amd).valid(NOW.plusSeconds(1), FakeAmdCertificate.END),
                valid);
        refuse(
                id + "-critical-extension",
                "an extension that is unknown and critical",
                amd -> of.apply(amd).extension("1.2.3.4", true, DerWriter.integer(1)),
                id.equals("leaf") ? FindingCode.SNP_LEAF_PROFILE : FindingCode.SNP_CHAIN_PROFILE);
        refuse(
                id + "-signed-by-another",
                "signed with a key of another line of products",
                amd -> of.apply(amd).signer(FakeAmd.key("asvk", SnpProduct.GENOA)),
                FindingCode.SNP_CHAIN_SIGNATURE);
        FakeAmd amd = milan();
        List<Bytes> certificates =
                new ArrayList<>(List.of(amd.leaf().der(), amd.issuer().der(), amd.root().der()));
        Bytes good = certificates.get(place.at());
        certificates.set(place.at(), SignatureForms.longLength(good));
        bundle(
                id + "-long-length",
                "a whole certificate in BER: a length in more bytes than it needs",
                new EvidenceBundle(
                        amd.evidence(), amd.endorsements(certificates.toArray(Bytes[]::new))),
                "refused",
                "parse",
                FindingCode.EVIDENCE_FORM);
        certificates.set(place.at(), SignatureForms.trailing(good));
        bundle(
                id + "-trailing",
                "a byte behind a certificate",
                new EvidenceBundle(
                        amd.evidence(), amd.endorsements(certificates.toArray(Bytes[]::new))),
                "refused",
                "parse",
                FindingCode.EVIDENCE_FORM);
    }

    private void padding() {
        FindingCode code = FindingCode.SNP_CHAIN_SIGNATURE;
        refuse(
                "leaf-less-salt",
                "signed with 32 bytes of salt",
                amd ->
                        amd.leaf()
                                .signing((key, body) ->
                                        key.sign(
                                                pss("SHA-384", MGF1ParameterSpec.SHA384, 32),
                                                body)),
                code);
        refuse(
                "leaf-other-hash",
                "signed with SHA-256",
                amd ->
                        amd.leaf()
                                .signing((key, body) ->
                                        key.sign(
                                                pss("SHA-256", MGF1ParameterSpec.SHA256, 48),
                                                body)),
                code);
        refuse(
                "leaf-other-mask",
                "signed with SHA-256 in its mask",
                amd ->
                        amd.leaf()
                                .signing((key, body) ->
                                        key.sign(
                                                pss("SHA-384", MGF1ParameterSpec.SHA256, 48),
                                                body)),
                code);
        refuse(
                "leaf-other-padding",
                "signed with the padding of PKCS #1 v1.5",
                amd -> amd.leaf().signing(RsaTestKey::signPkcs1),
                code);
        malformed(
                "leaf-other-algorithm",
                "a certificate that names 32 bytes of salt",
                amd -> amd.leaf().algorithm(FakeAmdCertificate.pss(SHA384, SHA384, 32)));
    }

    private static PSSParameterSpec pss(String hash, MGF1ParameterSpec mask, int salt) {
        return new PSSParameterSpec(hash, "MGF1", mask, salt, 1);
    }

    private void chain() {
        FindingCode profile = FindingCode.SNP_CHAIN_PROFILE;
        refuse(
                "root-of-its-own",
                "a whole hierarchy under another root",
                amd -> under(amd, FakeAmd.key("asvk", SnpProduct.GENOA)),
                FindingCode.SNP_ROOT_PINNED);
        refuse(
                "root-of-another-product",
                "a hierarchy for Milan under the root's key of Genoa",
                amd -> under(amd, FakeAmd.key("ark", SnpProduct.GENOA)),
                FindingCode.SNP_ROOT_PINNED);
        FakeAmd brought = milan();
        under(brought, FakeAmd.key("asvk", SnpProduct.GENOA));
        bundle(
                "root-behind-the-report",
                "another root that came with the report",
                new EvidenceBundle(brought.extended(), new Endorsements(List.of())),
                "refused",
                "verify",
                FindingCode.SNP_ROOT_PINNED);
        refuse(
                "issuer-other-name",
                "an issuer of another name",
                amd -> {
                    amd.issuer().subject("SEV-Milano");
                    amd.leaf().issuer("SEV-Milano");
                },
                profile);
        refuse(
                "root-other-name",
                "a root of another name",
                amd -> {
                    amd.root().subject("ARK-Milano").issuer("ARK-Milano");
                    amd.issuer().issuer("ARK-Milano");
                    amd.revocationList().issuer("ARK-Milano");
                },
                profile);
        refuse(
                "issuer-no-ca",
                "an issuer that is no authority",
                amd -> amd.issuer().without(CONSTRAINTS),
                profile);
        refuse(
                "issuer-signs-no-certificates",
                "an issuer that may sign lists only",
                amd -> amd.issuer().authority(0, 0x02),
                profile);
        refuse(
                "root-no-ca",
                "a root that is no authority",
                amd -> amd.root().without(CONSTRAINTS),
                profile);
        refuse(
                "root-signs-no-lists",
                "a root that may not sign lists",
                amd -> amd.root().authority(-1, 0x04),
                profile);
        refuse(
                "root-path-length",
                "a root that leaves no room for an issuer",
                amd -> amd.root().authority(0, 0x06),
                profile);
        var vlek = new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3);
        FakeAmd amd = milan();
        amd.leaf().issuer("SEV-VLEK-Milan").signer(FakeAmd.key("asvk", SnpProduct.MILAN));
        bundle(
                "leaf-by-the-cloud-issuer",
                "a chip's certificate by the issuer of cloud providers' keys",
                new EvidenceBundle(
                        amd.evidence(),
                        amd.endorsements(amd.leaf().der(), vlek.issuer().der(), amd.root().der())),
                "refused",
                "verify",
                profile);
    }

    private static void under(FakeAmd amd, RsaTestKey own) {
        amd.root().publicKeyInfo(own.publicKeyInfo()).signer(own);
        amd.issuer().signer(own);
        amd.revocationList().signer(own);
    }

    private void revocation() {
        FindingCode signature = FindingCode.SNP_CRL_SIGNATURE;
        FindingCode current = FindingCode.SNP_CRL_CURRENT;
        refuse(
                "crl-by-issuer",
                "the root's list, signed by the issuer",
                amd -> amd.revocationList().signer(FakeAmd.key("ask", SnpProduct.MILAN)),
                signature);
        refuse(
                "crl-other-padding",
                "a list signed with the padding of PKCS #1 v1.5",
                amd -> amd.revocationList().signing(RsaTestKey::signPkcs1),
                signature);
        affirm(
                "crl-last-instant",
                "the last at which it counts",
                amd -> amd.revocationList().valid(FakeAmdCrl.BEGIN, NOW));
        refuse(
                "crl-expired",
                "a second after its end",
                amd -> amd.revocationList().valid(FakeAmdCrl.BEGIN, NOW.minusSeconds(1)),
                current);
        affirm(
                "crl-first-instant",
                "the first at which it counts",
                amd -> amd.revocationList().valid(NOW, FakeAmdCrl.END));
        refuse(
                "crl-not-begun",
                "a second before its begin",
                amd -> amd.revocationList().valid(NOW.plusSeconds(1), FakeAmdCrl.END),
                current);
        refuse(
                "root-revoked",
                "the root is on its own list",
                amd -> amd.revocationList().revoke(0x10000),
                FindingCode.SNP_NOT_REVOKED);
        refuse(
                "cloud-issuer-revoked",
                "the issuer of cloud providers' keys is revoked",
                new FakeAmd(SnpProduct.GENOA, SigningKey.VLEK, 3),
                amd -> amd.revocationList().revoke(0x10101),
                FindingCode.SNP_NOT_REVOKED);
        FakeAmd two = milan();
        Bytes older = two.revocationList().revoke(0x10001).der();
        var later =
                new FakeAmdCrl("ARK-Milan", FakeAmd.key("ark", SnpProduct.MILAN))
                        .valid(FakeAmdCrl.BEGIN.plusSeconds(60), FakeAmdCrl.END);
        bundle(
                "revoked-by-the-older-list",
                "the older of two lists names the issuer, the later one doesn't",
                new EvidenceBundle(
                        two.evidence(),
                        new Endorsements(
                                List.of(
                                        new Endorsement.X509(two.leaf().der()),
                                        new Endorsement.X509(two.issuer().der()),
                                        new Endorsement.X509(two.root().der()),
                                        new Endorsement.Crl(later.der()),
                                        new Endorsement.Crl(older)))),
                "refused",
                "verify",
                FindingCode.SNP_NOT_REVOKED);
    }

    private void missing() {
        FakeAmd amd = milan();
        Bytes leaf = amd.leaf().der();
        Bytes issuer = amd.issuer().der();
        Bytes root = amd.root().der();
        unchecked("no-leaf", amd, amd.endorsements(issuer, root));
        unchecked("no-issuer", amd, amd.endorsements(leaf, root));
        unchecked("no-root", amd, amd.endorsements(leaf, issuer));
        unchecked(
                "no-crl",
                amd,
                new Endorsements(
                        List.of(
                                new Endorsement.X509(leaf),
                                new Endorsement.X509(issuer),
                                new Endorsement.X509(root))));
        FakeAmd idle = milan();
        RsaTestKey own = FakeAmd.key("asvk", SnpProduct.GENOA);
        idle.root().publicKeyInfo(own.publicKeyInfo()).signer(own);
        unchecked("root-that-signed-nothing", idle, idle.endorsements());
        FakeAmd other = milan();
        other.revocationList().issuer("ARK-Genoa");
        unchecked("crl-of-another-root", other, other.endorsements());
    }

    private void unchecked(String id, FakeAmd amd, Endorsements endorsements) {
        bundle(
                id,
                "a part is missing: neither accepted nor refused",
                new EvidenceBundle(amd.evidence(), endorsements),
                "could-not-check",
                "");
    }
}
