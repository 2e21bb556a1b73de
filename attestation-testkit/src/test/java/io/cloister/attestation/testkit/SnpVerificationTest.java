package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verification.Authentic;
import io.cloister.attestation.evidence.Verification.NotAuthentic;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Verification of SEV-SNP reports under a fake AMD: what is accepted, and each refusal, one
/// alteration away from it.
class SnpVerificationTest {
    private static final String SHA384 = "2.16.840.1.101.3.4.2.2";
    private static final String SHA256 = "2.16.840.1.101.3.4.2.1";

    private final Verifier verifier = new Verifier(FakeAmd.roots(), SignatureChecks.ofPlatform());
    private FakeAmd amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);

    @BeforeEach
    void isAcceptedUnaltered() throws CouldNotCheckException, MalformedException {
        assertInstanceOf(
                Authentic.class, verifier.verify(amd.evidence(), amd.endorsements(), FakeAmd.NOW));
    }

    @Nested
    class Accepts {
        @ParameterizedTest
        @CsvSource({
            "MILAN, VCEK, 2",
            "MILAN, VCEK, 3",
            "MILAN, VCEK, 4",
            "MILAN, VCEK, 5",
            "MILAN, VLEK, 2",
            "MILAN, VLEK, 5",
            "GENOA, VCEK, 2",
            "GENOA, VCEK, 3",
            "GENOA, VCEK, 5",
            "GENOA, VLEK, 3",
            "TURIN, VCEK, 2",
            "TURIN, VCEK, 3",
            "TURIN, VCEK, 5",
            "TURIN, VLEK, 5"
        })
        void everyProductKeyAndVersion(SnpProduct product, SigningKey key, int version)
                throws CouldNotCheckException, MalformedException {
            amd = new FakeAmd(product, key, version);
            Claims.Snp claims = claims(amd.evidence(), amd.endorsements());

            assertEquals(product, claims.product());
            assertEquals(version, claims.report().version());
            assertEquals(key, claims.report().signingKey());
            assertEquals(version >= 3, claims.report().cpu().isPresent());
            assertEquals(version >= 5, claims.report().currentMitigations().isPresent());
            assertEquals(key == SigningKey.VLEK ? "CN=cloud.example" : "", claims.cloudProvider());
            assertEquals(
                    key == SigningKey.VLEK ? 0 : product == SnpProduct.TURIN ? 8 : 64,
                    claims.chip().length());
            assertEquals("snp:" + "22".repeat(48), claims.measurementText());
            assertEquals("21".repeat(64), claims.reportData().hex());
            assertEquals(FakeAmdCrl.BEGIN, claims.revocationAsOf());
            assertEquals(FakeAmdCrl.END, claims.validUntil());
        }

        @Test
        void aReportWithItsChainBehindIt() throws CouldNotCheckException, MalformedException {
            claims(amd.extended(), new Endorsements(List.of()));
        }

        @Test
        void certificatesOfOthersBesideItsOwn() throws CouldNotCheckException, MalformedException {
            var genoa = new FakeAmd(SnpProduct.GENOA, SigningKey.VCEK, 3);
            var revoked = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
            revoked.issuer().serial(0x20001).signer(FakeAmd.key("ark", SnpProduct.GENOA));
            claims(
                    amd.evidence(),
                    amd.endorsements(
                            revoked.issuer().der(),
                            genoa.leaf().der(),
                            genoa.issuer().der(),
                            genoa.root().der(),
                            otherChip().leaf().der(),
                            amd.root().der(),
                            amd.issuer().der(),
                            amd.leaf().der()));
        }

        @Test
        void aHardwareIdInAnOctetString() throws CouldNotCheckException, MalformedException {
            amd.leaf().extension(FakeAmd.ARC + "4", false, DerWriter.octets(amd.chip()));
            assertEquals(amd.chip(), claims(amd.evidence(), amd.endorsements()).chip());
        }

        @Test
        void aReportWithASerialisedListBehindIt()
                throws CouldNotCheckException, MalformedException {
            claims(
                    new SnpEvidence(
                            Bytes.concat(
                                    amd.evidence().report(),
                                    FakeAmd.list(
                                            amd.leaf().der(),
                                            amd.issuer().der(),
                                            amd.root().der()))),
                    new Endorsements(List.of(new Endorsement.Crl(amd.revocationList().der()))));
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 2})
        void aHiddenChipWhichIsNotComparedThen(int flags)
                throws CouldNotCheckException, MalformedException {
            amd.report().u32(0x48, flags).put(0x1a0, Bytes.copyOf(new byte[64]));
            assertTrue(claims(amd.evidence(), amd.endorsements()).report().isChipHidden());
            Outcome outcome =
                    assertInstanceOf(
                                    Authentic.class,
                                    verifier.verify(
                                            amd.evidence(), amd.endorsements(), FakeAmd.NOW))
                            .evidence()
                            .findings()
                            .stream()
                            .filter(finding -> finding.code() == FindingCode.SNP_CHIP_ID)
                            .findFirst()
                            .orElseThrow()
                            .outcome();
            assertEquals(Outcome.NOT_CHECKED, outcome);
        }

        @ParameterizedTest
        @ValueSource(strings = {"2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"})
        void theFirstAndTheLastInstant(Instant instant)
                throws CouldNotCheckException, MalformedException {
            assertInstanceOf(
                    Authentic.class, verifier.verify(amd.evidence(), amd.endorsements(), instant));
        }

        @ParameterizedTest
        @EnumSource(SnpProduct.class)
        void anyPatchLevelInItsPlace(SnpProduct product)
                throws CouldNotCheckException, MalformedException {
            amd = new FakeAmd(product, SigningKey.VCEK, 3);
            Claims.Snp claims = claims(amd.evidence(), amd.endorsements());
            boolean turin = product == SnpProduct.TURIN;
            Map<TcbPart, Integer> places =
                    Map.of(
                            TcbPart.BOOTLOADER, turin ? 1 : 0,
                            TcbPart.TEE, turin ? 2 : 1,
                            TcbPart.SNP, turin ? 3 : 6,
                            TcbPart.MICROCODE, 7);
            places.forEach((part, place) ->
                    assertEquals(
                            amd.tcb().at(place) & 0xff,
                            claims.report().reportedTcb().level(part, product)));
            assertEquals(turin ? 1 : 0, claims.report().reportedTcb().level(TcbPart.FMC, product));
        }
    }

    @Nested
    class RefusesTheReport {
        @Test
        void signedByNobody() throws CouldNotCheckException, MalformedException {
            amd.report().u32(0x48, 7 << 2);
            refused("snp-signing-key");
        }

        @ParameterizedTest
        @CsvSource({"0x17,0x01", "0x19,0x20", "0x19,0xb0", "0x1a,0x20", "0x1b,0x00", "0x00,0x00"})
        void ofAnUnknownProcessor(String family, String model)
                throws CouldNotCheckException, MalformedException {
            amd.report().u8(0x188, Integer.decode(family)).u8(0x189, Integer.decode(model));
            refused("snp-product");
        }

        @Test
        void ofAnotherProductThanItsCertificate()
                throws CouldNotCheckException, MalformedException {
            amd.report().u8(0x189, 0x11);
            refused("snp-product");
        }

        @Test
        void signedByAnotherKey() throws CouldNotCheckException, MalformedException {
            Bytes report = amd.report().sign(EcTestKey.named("another", "secp384r1")).bytes();
            refused(new SnpEvidence(report), amd.endorsements(), "snp-report-signature");
        }

        @Test
        void whoseSignatureIsZero() throws CouldNotCheckException, MalformedException {
            Bytes report = amd.report().signature(Bytes.copyOf(new byte[96])).bytes();
            refused(new SnpEvidence(report), amd.endorsements(), "snp-report-signature");
        }

        @Test
        void whoseSignatureHasTheOrderAdded() throws CouldNotCheckException, MalformedException {
            var order =
                    new BigInteger(
                            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
                                    + "581a0db248b0a77aecec196accc52973",
                            16);
            Bytes good = amd.report().sign(amd.leafKey()).bytes();
            var raw = new byte[96];
            for (int i = 0; i < 48; i++) {
                raw[i] = good.at(FakeSnpReport.SIGNATURE + 47 - i);
                raw[48 + i] = good.at(FakeSnpReport.SIGNATURE + 72 + 47 - i);
            }
            byte[] larger =
                    new BigInteger(1, Bytes.copyOf(raw).slice(0, 48).toArray())
                            .add(order)
                            .toByteArray();
            // 49 bytes: the carry falls into what must be zero.
            var report = amd.report();
            for (int i = 0; i < 49; i++) {
                report.u8(FakeSnpReport.SIGNATURE + i, larger[larger.length - 1 - i]);
            }
            var refused =
                    assertThrows(
                            MalformedException.class,
                            () ->
                                    verifier.verify(
                                            new SnpEvidence(report.bytes()),
                                            amd.endorsements(),
                                            FakeAmd.NOW));
            assertEquals("report.signatureRHigh", refused.path());
        }

        @Test
        void ofAnotherTcbThanItsCertificate() throws CouldNotCheckException, MalformedException {
            for (int i : new int[] {0, 1, 6, 7}) {
                amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
                amd.report().u8(0x180 + i, amd.tcb().at(i) + 1);
                refused("snp-leaf-tcb");
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0x38, 0x1e0, 0x1f0})
        void withReservedBitsInATcb(int offset) throws CouldNotCheckException, MalformedException {
            amd.report().u8(offset + 3, 1);
            refused("snp-tcb-reserved");
        }

        @ParameterizedTest
        @ValueSource(ints = {0x38, 0x1e0, 0x1f0})
        void withReservedBitsInATcbOfTurin(int offset)
                throws CouldNotCheckException, MalformedException {
            amd = new FakeAmd(SnpProduct.TURIN, SigningKey.VCEK, 5);
            amd.report().u8(offset + 5, 1);
            refused("snp-tcb-reserved");
        }

        @Test
        void ofAnotherChip() throws CouldNotCheckException, MalformedException {
            amd.report().u8(0x1a0, 1);
            refused("snp-chip-id");
        }

        @Test
        void ofAnotherChipInAByteThatTurinDoesNotUse()
                throws CouldNotCheckException, MalformedException {
            amd = new FakeAmd(SnpProduct.TURIN, SigningKey.VCEK, 3);
            amd.report().u8(0x1a8, 1);
            refused("snp-chip-id");
        }

        @Test
        void thatHidesItsChipWithACertificateForNone()
                throws CouldNotCheckException, MalformedException {
            Bytes none = Bytes.copyOf(new byte[64]);
            amd.leaf().extension(FakeAmd.ARC + "4", false, none);
            amd.report().put(0x1a0, none);
            refused("snp-chip-id");
        }

        @Test
        void thatNamesItsChipAndSaysItIsMasked() throws CouldNotCheckException, MalformedException {
            amd.report().u32(0x48, 2);
            refused("snp-chip-id");
        }

        @Test
        void withTheCertificateOfAnotherChip() throws CouldNotCheckException, MalformedException {
            refused(
                    amd.evidence(),
                    otherChip().endorsements(),
                    "snp-report-signature",
                    "snp-chip-id");
        }

        @Test
        void withTheCertificateOfAnotherChipThatHasTheSameKey()
                throws CouldNotCheckException, MalformedException {
            amd.leaf().extension(FakeAmd.ARC + "4", false, Bytes.copyOf(new byte[64]));
            refused("snp-chip-id");
        }
    }

    @Nested
    class RefusesTheLeaf {
        @ParameterizedTest
        @ValueSource(strings = {"1", "2", "3.1", "3.2", "3.3", "3.4", "3.7", "3.8"})
        void withoutAnExtension(String oid) throws CouldNotCheckException, MalformedException {
            amd.leaf().without(FakeAmd.ARC + oid);
            refused("snp-leaf-profile");
        }

        @Test
        void withoutHardwareId() throws CouldNotCheckException, MalformedException {
            amd.leaf().without(FakeAmd.ARC + "4");
            refused("snp-leaf-profile", "snp-chip-id");
        }

        @Test
        void withACloudProvider() throws CouldNotCheckException, MalformedException {
            amd.text("5", "CN=cloud.example");
            refused("snp-leaf-profile");
        }

        @Test
        void ofACloudProviderWithoutItsName() throws CouldNotCheckException, MalformedException {
            amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3);
            amd.leaf().without(FakeAmd.ARC + "5");
            refused("snp-leaf-profile");
        }

        @Test
        void ofACloudProviderWithAHardwareId() throws CouldNotCheckException, MalformedException {
            amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3);
            amd.leaf().extension(FakeAmd.ARC + "4", false, Bytes.copyOf(new byte[64]));
            refused("snp-leaf-profile");
        }

        @Test
        void ofAnotherStructVersion() throws CouldNotCheckException, MalformedException {
            amd.number("1", 1);
            refused("snp-leaf-profile");
        }

        @ParameterizedTest
        @ValueSource(strings = {"Rome", "Milan-", "Milan-B", "Milan-BB0", "milan", "Naples-A1"})
        void ofAnUnknownProduct(String name) throws CouldNotCheckException, MalformedException {
            amd.text("2", name);
            refused("snp-leaf-profile");
        }

        @Test
        void withAHardwareIdOfAnotherLength() throws CouldNotCheckException, MalformedException {
            amd.leaf().extension(FakeAmd.ARC + "4", false, Bytes.copyOf(new byte[63]));
            refused("snp-leaf-profile");
        }

        @Test
        void withAPatchLevelAboveAByte() throws CouldNotCheckException, MalformedException {
            amd.number("3.8", 256 + 219);
            refused("snp-leaf-profile");
        }

        @Test
        void withANegativePatchLevel() throws CouldNotCheckException, MalformedException {
            amd.number("3.8", -1);
            refused("snp-leaf-profile");
        }

        @Test
        void withAPatchLevelOfTwoEncodings() throws CouldNotCheckException, MalformedException {
            amd.leaf()
                    .extension(
                            FakeAmd.ARC + "3.1",
                            false,
                            DerWriter.element(0x02, Bytes.copyOf(new byte[] {0, 4})));
            refused("snp-leaf-profile");
        }

        @Test
        void withBytesBehindAnExtension() throws CouldNotCheckException, MalformedException {
            amd.leaf()
                    .extension(
                            FakeAmd.ARC + "3.1",
                            false,
                            Bytes.concat(DerWriter.integer(4), Bytes.copyOf(new byte[1])));
            refused("snp-leaf-profile");
        }

        @ParameterizedTest
        @ValueSource(strings = {"3.9", "3.10", "6"})
        void withAnExtensionOfAmdsThatIsUnknown(String oid)
                throws CouldNotCheckException, MalformedException {
            amd.number(oid, 0);
            refused("snp-leaf-profile");
        }

        @Test
        void withSparePatchLevelsThatAreNotZero()
                throws CouldNotCheckException, MalformedException {
            amd.number("3.5", 1);
            refused("snp-leaf-tcb");
        }

        @Test
        void withACriticalExtensionThatIsUnknown()
                throws CouldNotCheckException, MalformedException {
            amd.leaf().extension("1.2.3.4", true, DerWriter.integer(1));
            refused("snp-leaf-profile");
        }

        @Test
        void thatIsACa() throws CouldNotCheckException, MalformedException {
            amd.leaf().extension("2.5.29.19", false, DerWriter.sequence(DerWriter.bool(true)));
            refused("snp-leaf-profile");
        }

        @Test
        void withAnExtensionTwice() {
            amd.leaf().twice(FakeAmd.ARC + "3.1");
            var malformed =
                    assertThrows(
                            MalformedException.class,
                            () -> verifier.verify(amd.evidence(), amd.endorsements(), FakeAmd.NOW));
            assertEquals("extension", malformed.path());
        }

        @Test
        void withAKeyOnAnotherCurve() throws CouldNotCheckException, MalformedException {
            amd.leaf().publicKeyInfo(EcTestKey.named("p256").publicKeyInfo());
            refused("snp-report-signature");
        }

        @Test
        void withAKeyOffItsCurve() throws CouldNotCheckException, MalformedException {
            byte[] info = amd.leafKey().publicKeyInfo().toArray();
            info[info.length - 1] ^= 1;
            amd.leaf().publicKeyInfo(Bytes.copyOf(info));
            refused("snp-report-signature");
        }

        @Test
        void ofTheOtherKind() throws CouldNotCheckException, MalformedException {
            var vlek = new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3);
            vlek.leaf().subject("SEV-VCEK").publicKeyInfo(amd.leafKey().publicKeyInfo());
            refused(
                    amd.evidence(),
                    vlek.endorsements(),
                    "snp-leaf-profile",
                    "snp-chip-id",
                    "snp-chain-profile");
        }

        @Test
        void withAChainOfTheOtherKind() throws CouldNotCheckException, MalformedException {
            var vlek = new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3);
            amd.leaf().issuer("SEV-VLEK-Milan").signer(FakeAmd.key("asvk", SnpProduct.MILAN));
            refused(
                    amd.evidence(),
                    amd.endorsements(amd.leaf().der(), vlek.issuer().der(), amd.root().der()),
                    "snp-chain-profile");
        }
    }

    @Nested
    class RefusesTheList {
        @ParameterizedTest
        @CsvSource({
            "0, 17, certificateTable.rows[1]",
            "0, 2, certificateList.entries[1].type",
            "12, 0, certificateList.entries[0].length",
            "12, 4, certificateList",
            "12, 99, certificateList.entries[0].length",
            "19, 1, certificateList.entries[0].length"
        })
        void withAnotherCountOrLength(int offset, int value, String path) {
            byte[] list = FakeAmd.list(Bytes.utf8("12345")).toArray();
            list[offset] = (byte) value;
            var malformed =
                    assertThrows(
                            MalformedException.class,
                            () ->
                                    verifier.verify(
                                            new SnpEvidence(
                                                    Bytes.concat(
                                                            amd.evidence().report(),
                                                            Bytes.copyOf(list))),
                                            amd.endorsements(),
                                            FakeAmd.NOW));
            assertEquals(path, malformed.path());
        }
    }

    @Nested
    class RefusesTheChain {
        @Test
        void whoseLeafAnotherSigned() throws CouldNotCheckException, MalformedException {
            amd.leaf().signer(FakeAmd.key("ask", SnpProduct.GENOA));
            refused("snp-chain-signature");
        }

        @Test
        void whoseIssuerAnotherSigned() throws CouldNotCheckException, MalformedException {
            amd.issuer().signer(FakeAmd.key("ark", SnpProduct.GENOA));
            refused("snp-chain-signature");
        }

        @Test
        void whoseRootAnotherSigned() throws CouldNotCheckException, MalformedException {
            amd.root().signer(FakeAmd.key("ark", SnpProduct.GENOA));
            refused("snp-chain-signature");
        }

        @Test
        void underARootOfItsOwn() throws CouldNotCheckException, MalformedException {
            RsaTestKey own = FakeAmd.key("asvk", SnpProduct.GENOA);
            amd.root().publicKeyInfo(own.publicKeyInfo()).signer(own);
            amd.issuer().signer(own);
            amd.revocationList().signer(own);
            refused("snp-root-pinned");
        }

        @Test
        void underARootThatCameWithTheReport() throws CouldNotCheckException, MalformedException {
            RsaTestKey own = FakeAmd.key("asvk", SnpProduct.GENOA);
            amd.root().publicKeyInfo(own.publicKeyInfo()).signer(own);
            amd.issuer().signer(own);
            amd.revocationList().signer(own);
            refused(amd.extended(), new Endorsements(List.of()), "snp-root-pinned");
        }

        @Test
        void underTheRootOfAnotherProduct() throws CouldNotCheckException, MalformedException {
            RsaTestKey genoa = FakeAmd.key("ark", SnpProduct.GENOA);
            amd.root().publicKeyInfo(genoa.publicKeyInfo()).signer(genoa);
            amd.issuer().signer(genoa);
            amd.revocationList().signer(genoa);
            refused("snp-root-pinned");
        }

        @Test
        void ofAnotherProduct() throws CouldNotCheckException, MalformedException {
            var genoa = new FakeAmd(SnpProduct.GENOA, SigningKey.VCEK, 3);
            amd.leaf().issuer("SEV-Genoa").signer(FakeAmd.key("ask", SnpProduct.GENOA));
            amd.revocationList().issuer("ARK-Genoa").signer(FakeAmd.key("ark", SnpProduct.GENOA));
            refused(
                    amd.evidence(),
                    amd.endorsements(amd.leaf().der(), genoa.issuer().der(), genoa.root().der()),
                    "snp-chain-profile",
                    "snp-root-pinned",
                    "snp-chain-profile");
        }

        @Test
        void ofAnotherProductWithAReportThatNamesNone()
                throws CouldNotCheckException, MalformedException {
            amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 2);
            amd.text("2", "Genoa");
            refused("snp-chain-profile", "snp-root-pinned", "snp-chain-profile");
        }

        @Test
        void whoseIssuerHasTheWrongName() throws CouldNotCheckException, MalformedException {
            amd.issuer().subject("SEV-Milano");
            amd.leaf().issuer("SEV-Milano");
            refused("snp-chain-profile");
        }

        @Test
        void whoseRootHasTheWrongName() throws CouldNotCheckException, MalformedException {
            amd.root().subject("ARK-Milano").issuer("ARK-Milano");
            amd.issuer().issuer("ARK-Milano");
            amd.revocationList().issuer("ARK-Milano");
            refused("snp-chain-profile");
        }

        @Test
        void whoseIssuerIsNoCa() throws CouldNotCheckException, MalformedException {
            amd.issuer().without("2.5.29.19");
            refused("snp-chain-profile");
        }

        @Test
        void whoseIssuerMayNotSignCertificates() throws CouldNotCheckException, MalformedException {
            amd.issuer().authority(0, 0x02);
            refused("snp-chain-profile");
        }

        @Test
        void whoseRootIsNoCa() throws CouldNotCheckException, MalformedException {
            amd.root().without("2.5.29.19");
            refused("snp-chain-profile");
        }

        @Test
        void whoseRootMayNotSignLists() throws CouldNotCheckException, MalformedException {
            amd.root().authority(-1, 0x04);
            refused("snp-chain-profile");
        }

        @Test
        void whoseRootLeavesNoRoomForAnIssuer() throws CouldNotCheckException, MalformedException {
            amd.root().authority(0, 0x06);
            refused("snp-chain-profile");
        }

        @Test
        void withACriticalExtensionThatIsUnknown()
                throws CouldNotCheckException, MalformedException {
            amd.issuer().extension("1.2.3.4", true, DerWriter.integer(1));
            amd.root().extension("1.2.3.4", true, DerWriter.integer(1));
            refused("snp-chain-profile", "snp-chain-profile");
        }

        @ParameterizedTest
        @CsvSource({
            "2026-06-01T12:00:01Z, 2035-01-01T00:00:00Z",
            "2025-01-01T00:00:00Z, 2026-06-01T11:59:59Z"
        })
        void thatIsNotValidNow(Instant from, Instant until)
                throws CouldNotCheckException, MalformedException {
            amd.leaf().valid(from, until);
            refused("snp-chain-valid");
            amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
            amd.issuer().valid(from, until);
            refused("snp-chain-valid");
            amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
            amd.root().valid(from, until);
            refused("snp-chain-valid");
        }

        @Test
        void signedWithLessSalt() throws CouldNotCheckException, MalformedException {
            amd.leaf()
                    .signing((key, body) ->
                            key.sign(
                                    new PSSParameterSpec(
                                            "SHA-384", "MGF1", MGF1ParameterSpec.SHA384, 32, 1),
                                    body));
            refused("snp-chain-signature");
        }

        @Test
        void signedWithAnotherHash() throws CouldNotCheckException, MalformedException {
            amd.leaf()
                    .signing((key, body) ->
                            key.sign(
                                    new PSSParameterSpec(
                                            "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 48, 1),
                                    body));
            refused("snp-chain-signature");
        }

        @Test
        void signedWithAnotherHashInItsMask() throws CouldNotCheckException, MalformedException {
            amd.leaf()
                    .signing((key, body) ->
                            key.sign(
                                    new PSSParameterSpec(
                                            "SHA-384", "MGF1", MGF1ParameterSpec.SHA256, 48, 1),
                                    body));
            refused("snp-chain-signature");
        }

        @Test
        void signedWithAnotherPadding() throws CouldNotCheckException, MalformedException {
            amd.leaf().signing(RsaTestKey::signPkcs1);
            refused("snp-chain-signature");
        }

        @Test
        void thatNamesAnotherAlgorithm() {
            for (Bytes algorithm :
                    List.of(
                            FakeAmdCertificate.pss(SHA384, SHA384, 32),
                            FakeAmdCertificate.pss(SHA256, SHA384, 48),
                            FakeAmdCertificate.pss(SHA384, SHA256, 48),
                            DerWriter.sequence(DerWriter.oid("1.2.840.113549.1.1.12")))) {
                amd.leaf().algorithm(algorithm);
                var malformed =
                        assertThrows(
                                MalformedException.class,
                                () ->
                                        verifier.verify(
                                                amd.evidence(), amd.endorsements(), FakeAmd.NOW));
                assertEquals("endorsements[0].algorithm", malformed.path());
            }
        }
    }

    @Nested
    class RefusesRevocation {
        @Test
        void ofTheIssuer() throws CouldNotCheckException, MalformedException {
            amd.revocationList().revoke(0x10001);
            refused("snp-not-revoked");
        }

        @Test
        void ofTheCloudIssuer() throws CouldNotCheckException, MalformedException {
            amd = new FakeAmd(SnpProduct.GENOA, SigningKey.VLEK, 3);
            amd.revocationList().revoke(0x10101);
            refused("snp-not-revoked");
        }

        @Test
        void ofTheRoot() throws CouldNotCheckException, MalformedException {
            amd.revocationList().revoke(0x10000);
            refused("snp-not-revoked");
        }

        @Test
        void byOneOfTwoLists() throws CouldNotCheckException, MalformedException {
            Bytes older = amd.revocationList().revoke(0x10001).der();
            var later =
                    new FakeAmdCrl("ARK-Milan", FakeAmd.key("ark", SnpProduct.MILAN))
                            .valid(FakeAmdCrl.BEGIN.plusSeconds(60), FakeAmdCrl.END);
            refused(
                    amd.evidence(),
                    new Endorsements(
                            List.of(
                                    new Endorsement.X509(amd.leaf().der()),
                                    new Endorsement.X509(amd.issuer().der()),
                                    new Endorsement.X509(amd.root().der()),
                                    new Endorsement.Crl(later.der()),
                                    new Endorsement.Crl(older))),
                    "snp-not-revoked");
        }

        @Test
        void byAListThatAnotherSigned() throws CouldNotCheckException, MalformedException {
            amd.revocationList().signer(FakeAmd.key("ask", SnpProduct.MILAN));
            refused("snp-crl-signature");
        }

        @Test
        void byAListWithAnotherPadding() throws CouldNotCheckException, MalformedException {
            amd.revocationList().signing(RsaTestKey::signPkcs1);
            refused("snp-crl-signature");
        }

        @ParameterizedTest
        @CsvSource({
            "2026-06-01T12:00:01Z, 2027-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z, 2026-06-01T11:59:59Z"
        })
        void byAListThatIsNotCurrent(Instant from, Instant until)
                throws CouldNotCheckException, MalformedException {
            amd.revocationList().valid(from, until);
            refused("snp-crl-current");
        }
    }

    @Nested
    class CouldNotCheck {
        @Test
        void withoutLeaf() {
            missing("vcek/v1/Milan/", amd.endorsements(amd.issuer().der(), amd.root().der()));
        }

        @Test
        void withoutIssuer() {
            missing(
                    "vcek/v1/Milan/cert_chain",
                    amd.endorsements(amd.leaf().der(), amd.root().der()));
        }

        @Test
        void withoutRoot() {
            missing(
                    "vcek/v1/Milan/cert_chain",
                    amd.endorsements(amd.leaf().der(), amd.issuer().der()));
        }

        /// Anyone can name a certificate so.
        @Test
        void withARootOfTheRightNameThatSignedNothing() {
            RsaTestKey own = FakeAmd.key("asvk", SnpProduct.GENOA);
            missing(
                    "vcek/v1/Milan/cert_chain",
                    amd.endorsements(
                            amd.leaf().der(),
                            amd.issuer().der(),
                            amd.root().publicKeyInfo(own.publicKeyInfo()).signer(own).der()));
        }

        @Test
        void withoutRevocationList() {
            missing(
                    "vcek/v1/Milan/crl",
                    new Endorsements(
                            List.of(
                                    new Endorsement.X509(amd.leaf().der()),
                                    new Endorsement.X509(amd.issuer().der()),
                                    new Endorsement.X509(amd.root().der()))));
        }

        @Test
        void withTheListOfAnotherRoot() {
            amd.revocationList().issuer("ARK-Genoa");
            missing("vcek/v1/Milan/crl", amd.endorsements());
        }

        @Test
        void withNothingAtAll() {
            amd = new FakeAmd(SnpProduct.GENOA, SigningKey.VLEK, 2);
            missing("cloud provider", new Endorsements(List.of()));
        }

        @Test
        void butRefusesWhatIsWrongAlready() throws CouldNotCheckException, MalformedException {
            amd.report().u8(0x1a0, 1);
            refused(amd.evidence(), amd.endorsements(amd.leaf().der()), "snp-chip-id");
        }

        private void missing(String from, Endorsements endorsements) {
            var failure =
                    assertThrows(
                            CouldNotCheckException.class,
                            () -> verifier.verify(amd.evidence(), endorsements, FakeAmd.NOW));
            String message = String.valueOf(failure.getMessage());
            assertTrue(message.contains(from), message);
        }
    }

    /// No byte of a report alone is unauthenticated.
    @Test
    void refusesAFlippedBitAtEveryOffset() throws CouldNotCheckException {
        Bytes good = amd.evidence().report();
        Endorsements endorsements = amd.endorsements();
        for (int i = 0; i < good.length(); i++) {
            byte[] bad = good.toArray();
            bad[i] ^= (byte) (1 << i % 8);
            try {
                int at = i;
                Verification verification =
                        verifier.verify(
                                new SnpEvidence(Bytes.copyOf(bad)), endorsements, FakeAmd.NOW);
                assertInstanceOf(NotAuthentic.class, verification, () -> "offset " + at);
            } catch (MalformedException | CouldNotCheckException _) {
                // Refused as well.
            }
        }
    }

    /// Nor is any of a table behind it in which each row is of a known kind: all bytes of the rows,
    /// and one of each few of the entries, which are signed.
    @Test
    void refusesAFlippedBitOfACertificateTable() {
        Bytes good = amd.extended().report();
        var none = new Endorsements(List.of());
        IntStream.range(SnpReport.LENGTH, good.length())
                .filter(offset -> offset < SnpReport.LENGTH + 24 * 5 || offset % 13 == 0)
                .parallel()
                .forEach(offset -> {
                    byte[] bad = good.toArray();
                    bad[offset] ^= (byte) (1 << offset % 8);
                    try {
                        assertInstanceOf(
                                NotAuthentic.class,
                                verifier.verify(
                                        new SnpEvidence(Bytes.copyOf(bad)), none, FakeAmd.NOW),
                                () -> "offset " + offset);
                    } catch (MalformedException | CouldNotCheckException _) {
                        // Not accepted either.
                    }
                });
    }

    private FakeAmd otherChip() {
        var other = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
        other.leaf()
                .publicKeyInfo(EcTestKey.named("other chip", "secp384r1").publicKeyInfo())
                .extension(
                        FakeAmd.ARC + "4",
                        false,
                        Bytes.concat(other.chip().slice(1, 63), Bytes.copyOf(new byte[1])));
        return other;
    }

    private Claims.Snp claims(SnpEvidence evidence, Endorsements endorsements)
            throws CouldNotCheckException, MalformedException {
        Verification verification = verifier.verify(evidence, endorsements, FakeAmd.NOW);
        var authentic =
                assertInstanceOf(
                        Authentic.class, verification, () -> String.valueOf(codes(verification)));
        return assertInstanceOf(Claims.Snp.class, authentic.evidence().claims());
    }

    private void refused(String... codes) throws CouldNotCheckException, MalformedException {
        refused(amd.evidence(), amd.endorsements(), codes);
    }

    private void refused(SnpEvidence evidence, Endorsements endorsements, String... codes)
            throws CouldNotCheckException, MalformedException {
        Verification verification = verifier.verify(evidence, endorsements, FakeAmd.NOW);
        assertEquals(Optional.of(List.of(codes)), codes(verification));
    }

    /// The codes of all checks that don't hold; empty if the report is authentic.
    private static Optional<List<String>> codes(Verification verification) {
        return verification instanceof NotAuthentic(var findings)
                ? Optional.of(
                        findings.stream()
                                .filter(finding -> finding.outcome() == Finding.Outcome.NOT_MET)
                                .map(finding -> finding.code().code())
                                .toList())
                : Optional.empty();
    }
}
