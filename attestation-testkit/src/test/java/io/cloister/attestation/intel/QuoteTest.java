package io.cloister.attestation.intel;

import static io.cloister.attestation.intel.Outcomes.accepted;
import static io.cloister.attestation.intel.Outcomes.altered;
import static io.cloister.attestation.intel.Outcomes.malformed;
import static io.cloister.attestation.intel.Outcomes.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;

import java.util.List;

/// The form of quotes (spec/evidence.md §9.1).
class QuoteTest {
    private static final int SGX_LENGTH_AT = 432;
    private static final int TDX_LENGTH_AT = 632;

    @Test
    void readsEveryVersionAndBody() throws Exception {
        assertTrue(accepted(FakeIntel.sgx(3)).quote().header().signer().isPresent());
        assertEquals(432, accepted(FakeIntel.sgx(4)).quote().signedBytes().length());
        assertEquals(438, accepted(FakeIntel.sgx(5)).quote().signedBytes().length());
        assertEquals(632, accepted(FakeIntel.tdx()).quote().signedBytes().length());
        assertEquals(638, accepted(FakeIntel.tdx5()).quote().signedBytes().length());
        assertEquals(702, accepted(FakeIntel.tdx15()).quote().signedBytes().length());
    }

    @Test
    void refusesEveryTruncation() {
        for (FakeIntel intel : List.of(FakeIntel.sgx(), FakeIntel.tdx(), FakeIntel.tdx15())) {
            Bytes quote = intel.quote().bytes();
            for (int length = 0; length < quote.length(); length++) {
                Bytes cut = quote.slice(0, length);
                MalformedException e =
                        assertThrows(MalformedException.class, () -> Quote.parse(cut));
                assertTrue(e.path().startsWith("quote."), e.path());
                assertTrue(String.valueOf(e.getMessage()).contains("at offset"), e.getMessage());
            }
        }
    }

    @Test
    void refusesAnOversizedBuffer() {
        Bytes large = Bytes.copyOf(new byte[Quote.MAX_LENGTH + 1]);
        assertThrows(MalformedException.class, () -> Quote.parse(large));
    }

    @Test
    void refusesOtherVersions() {
        for (int version : new int[] {0, 1, 2, 6, 0x103}) {
            FakeIntel intel = FakeIntel.tdx();
            intel.quote().header(0, version, version >> 8);
            malformed(intel, "quote.header.version: expected 3, 4 or 5 at offset 0");
        }
    }

    @Test
    void refusesAVersionWithTheBodyOfAnother() {
        FakeIntel intel = FakeIntel.sgx();
        intel.quote().header(0, 5);
        malformed(intel, "quote.");
    }

    @Test
    void refusesOtherAttestationKeys() {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().header(2, 3);
        malformed(intel, "quote.header.attestationKeyType: expected 2 (ECDSA P-256) at offset 2");
    }

    @Test
    void refusesAnUnknownKind() {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().header(4, 0x82);
        malformed(intel, "quote.header.teeType");
    }

    @Test
    void refusesAnotherVendorsQuotingEnclave() {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().header(27, 0x08);
        malformed(intel, "quote.header.qeVendorId");
    }

    @Test
    void refusesReservedBytesOfTheHeader() {
        FakeIntel three = FakeIntel.sgx();
        three.quote().header(7, 1);
        malformed(three, "quote.header.reserved");
        FakeIntel four = FakeIntel.tdx();
        four.quote().header(11, 1);
        malformed(four, "quote.header.reserved");
    }

    @Test
    void refusesEveryReservedByteOfAnEnclavesReport() {
        int[][] gaps = {{20, 32}, {96, 128}, {160, 192}, {262, 304}};
        for (int[] gap : gaps) {
            for (int offset = gap[0]; offset < gap[1]; offset++) {
                FakeIntel body = FakeIntel.sgx();
                body.quote().body(offset, 0x80);
                malformed(body, "(reserved) at offset " + (48 + offset));
                FakeIntel qe = FakeIntel.sgx();
                qe.quote().qeReport(offset, 1);
                malformed(qe, "(reserved) at offset " + (564 + offset));
            }
        }
    }

    @Test
    void refusesAttributesWithoutAMeaning() throws Exception {
        for (int bit : new int[] {3, 8, 9, 11, 31, 63}) {
            FakeIntel intel = FakeIntel.sgx();
            intel.quote().body(48 + bit / 8, (bit < 8 ? 5 : 0) | (1 << (bit % 8)));
            refused(intel, FindingCode.INTEL_REPORT_RESERVED);
        }
        for (int bit : new int[] {8, 15, 16, 26, 32, 61}) {
            FakeIntel intel = FakeIntel.tdx();
            intel.quote().body(120 + bit / 8, 1 << (bit % 8));
            refused(intel, FindingCode.INTEL_REPORT_RESERVED);
        }
    }

    @Test
    void claimsEachAttributeOfAnEnclave() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.quote().body(48, 0b1111_0111, 0b100);
        SgxAttributes attributes = ((SgxReport) accepted(intel).quote().body()).attributes();
        assertTrue(attributes.initialised() && attributes.debug() && attributes.mode64());
        assertTrue(attributes.provisionKey() && attributes.launchTokenKey());
        assertTrue(attributes.controlFlowEnforcement() && attributes.keySeparation());
        assertTrue(attributes.asyncExitNotify());
    }

    @Test
    void claimsEachAttributeOfATd() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().body(120, 0, 0, 0, 0b1111_1000, 0, 0, 0, 0b1100_0000);
        TdAttributes attributes = ((TdReport) accepted(intel).quote().body()).attributes();
        assertTrue(attributes.linearAddressSpaceSeparation() && attributes.septVeDisable());
        assertTrue(attributes.migratable() && attributes.protectionKeys());
        assertTrue(attributes.keyLocker() && attributes.provisioningAgent());
        assertTrue(attributes.performanceCounters());
        assertTrue(!attributes.debug());
    }

    @Test
    void takesEveryUntrustedBitOfATdForDebugging() throws Exception {
        for (int bit = 0; bit < 8; bit++) {
            FakeIntel intel = FakeIntel.tdx();
            intel.quote().body(120, 1 << bit);
            assertTrue(((TdReport) accepted(intel).quote().body()).attributes().debug());
        }
    }

    @Test
    void refusesABodyTypeOfAnotherKindOrSize() {
        int[][] wrong = {{1, 384}, {4, 648}, {0, 648}};
        for (int[] one : wrong) {
            FakeIntel intel = FakeIntel.tdx15();
            intel.quote().bodyType(one[0], one[1]);
            malformed(intel, "quote.bodyType: expected 2 or 3");
        }
        FakeIntel size = FakeIntel.tdx15();
        size.quote().bodyType(3, 584);
        malformed(size, "quote.bodySize: expected 648 at offset 50");
        FakeIntel td10 = FakeIntel.tdx15();
        td10.quote().bodyType(2, 584);
        malformed(td10, "quote.");
    }

    @Test
    void refusesASignatureLengthOtherThanWhatFollows() {
        FakeIntel intel = FakeIntel.tdx();
        Bytes quote = intel.quote().bytes();
        malformed(
                intel,
                altered(quote, TDX_LENGTH_AT + 3, 0x80),
                intel.endorsements(),
                "quote.signatureLength");
        intel.quote().padding(Bytes.copyOf(new byte[256]));
        malformed(
                intel,
                altered(intel.quote().bytes(), TDX_LENGTH_AT, 1),
                intel.endorsements(),
                "quote.signatureData");
        FakeIntel sgx = FakeIntel.sgx();
        sgx.quote().padding(Bytes.copyOf(new byte[256]));
        Bytes padded = sgx.quote().bytes();
        for (int bit = 0; bit < 8; bit++) {
            malformed(sgx, altered(padded, SGX_LENGTH_AT, 1 << bit), sgx.endorsements(), "quote.");
        }
    }

    /// Platforms hand quotes out in larger buffers, not all of which they clear.
    @Test
    void leavesOutWhatFollowsTheQuoteInItsBuffer() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().padding(Bytes.copyOf(new byte[3000]));
        Quote padded = accepted(intel).quote();
        intel.quote().padding(Bytes.utf8("anything"));
        assertEquals(padded, accepted(intel).quote());
    }

    @Test
    void refusesOtherOuterCertificationData() {
        for (int type : new int[] {0, 5, 7}) {
            FakeIntel intel = FakeIntel.tdx();
            intel.quote().outerType(type);
            malformed(intel, "certification.type: expected 6 (QE report) at offset 764");
        }
    }

    @Test
    void refusesAnOuterSizeOtherThanWhatFollows() {
        FakeIntel intel = FakeIntel.tdx();
        Bytes quote = intel.quote().bytes();
        malformed(intel, altered(quote, 766, 1), intel.endorsements(), "certification.size");
        malformed(intel, altered(quote, 769, 0x7f), intel.endorsements(), "certification.size");
    }

    @Test
    void refusesNestedAndUnknownCertificationData() {
        for (int type : new int[] {0, 6, 7}) {
            FakeIntel intel = FakeIntel.tdx();
            intel.quote().certification(type, Bytes.utf8("x"));
            malformed(intel, "certificationData.type: expected 1 to 5");
        }
    }

    @Test
    void refusesAnAuthenticationDataLengthBeyondTheQuote() {
        FakeIntel intel = FakeIntel.sgx();
        malformed(
                intel,
                altered(intel.quote().bytes(), 1013, 0xff),
                intel.endorsements(),
                "quote.signatureData.authData");
    }

    @Test
    void refusesACertificateChainInAnotherForm() {
        for (String chain : List.of("", "-----BEGIN CERTIFICATE-----\nAAAA", "nonsense", "0")) {
            FakeIntel intel = FakeIntel.sgx();
            intel.quote().certification(5, Bytes.utf8(chain));
            malformed(intel, "quote.certificationData");
        }
    }

    @Test
    void refusesAQuoteOfTheOtherKind() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        var findings = new Findings();
        assertTrue(
                intel.verifier()
                        .verify(
                                intel.quote().bytes(),
                                TeeType.SGX,
                                new Endorsements(intel.endorsements()),
                                FakeIntel.NOW,
                                findings)
                        .isEmpty());
        assertEquals(FindingCode.INTEL_QUOTE_KIND, findings.all().getFirst().code());
        assertTrue(findings.refuse());
    }
}
