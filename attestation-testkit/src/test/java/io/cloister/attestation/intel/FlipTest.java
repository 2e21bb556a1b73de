package io.cloister.attestation.intel;

import static io.cloister.attestation.intel.Outcomes.accepted;
import static io.cloister.attestation.intel.Outcomes.altered;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// No byte of a quote can be altered, but what nobody signs: white space and the NUL behind it in
/// the PEM text of its certificates, and padding behind the quote.
class FlipTest {
    private static final String BLANKS = " \t\r\n\u000b\f\u001c\u001d\u001e\u001f";

    @Test
    void acceptsNoOneByteChangeOfAnSgxQuote() throws Exception {
        flip(FakeIntel.sgx());
    }

    @Test
    void acceptsNoOneByteChangeOfATdxQuote() throws Exception {
        flip(FakeIntel.tdx());
    }

    @Test
    void acceptsNoOneByteChangeOfAQuoteOfATd15() throws Exception {
        flip(FakeIntel.tdx15());
    }

    private static void flip(FakeIntel intel) throws Exception {
        int length = intel.quote().bytes().length();
        intel.quote().padding(Bytes.copyOf(new byte[16]));
        Bytes quote = intel.quote().bytes();
        List<Endorsement> endorsements = intel.endorsements();
        accepted(intel, quote, endorsements);
        IntelVerification verifier = intel.verifier();
        IntStream.range(0, length)
                .parallel()
                .forEach(offset -> {
                    Bytes altered = altered(quote, offset, 1 << (offset % 8));
                    if (!isUnsigned(quote.at(offset), altered.at(offset))) {
                        assertNotAccepted(intel, verifier, altered, endorsements, offset);
                    }
                });
    }

    /// The same with a quote of a real platform.
    @Test
    void acceptsNoOneByteChangeOfACapturedQuote() throws Exception {
        CapturedIntel folder = CapturedIntel.folder();
        Fields file = Fields.of(folder.json("cases-intel.json"), "cases");
        Json accepted =
                file.list("intel", 10_000, (json, path) -> json).stream()
                        .filter(json -> json.text().contains("v4-b0c06f000000-phala"))
                        .findFirst()
                        .orElseThrow();
        Fields one = Fields.of(accepted, "case");
        Bytes quote = folder.read(one.string("quote", 1, 200));
        Endorsements endorsements = withoutRoot(folder.endorsements(one));
        Instant instant = Instant.parse(one.string("time", 1, 40));
        var verifier =
                new IntelVerification(VendorRoots.pinned().intel(), SignatureChecks.ofPlatform());
        assertTrue(isAccepted(verifier, quote, endorsements, instant));
        int length = 636 + (quote.at(632) & 0xff) + 256 * (quote.at(633) & 0xff);
        IntStream.range(0, length)
                .parallel()
                .forEach(offset -> {
                    Bytes altered = altered(quote, offset, 1);
                    if (!isUnsigned(quote.at(offset), altered.at(offset))) {
                        assertFalse(
                                isAccepted(verifier, altered, endorsements, instant),
                                "altered at " + offset);
                    }
                });
    }

    /// With a second copy of the root, the one inside the quote would not be needed.
    private static Endorsements withoutRoot(Endorsements all) throws MalformedException {
        var some = new ArrayList<Endorsement>();
        for (Endorsement one : all.all()) {
            if (!(one instanceof Endorsement.X509(var der)) || !isRoot(der)) {
                some.add(one);
            }
        }
        return new Endorsements(some);
    }

    private static boolean isRoot(Bytes der) throws MalformedException {
        Certificate certificate = Certificate.parse(der, "certificate");
        return certificate.subject().equals(certificate.issuer());
    }

    private static boolean isAccepted(
            IntelVerification verifier, Bytes quote, Endorsements endorsements, Instant instant) {
        try {
            return verifier.verify(quote, TeeType.TDX, endorsements, instant, new Findings())
                    .isPresent();
        } catch (MalformedException | CouldNotCheckException _) {
            return false;
        }
    }

    /// White space that stays white space, or the NUL at the end that becomes some.
    private static boolean isUnsigned(byte original, byte altered) {
        return (original == 0 || isBlank(original)) && isBlank(altered);
    }

    private static boolean isBlank(byte value) {
        return BLANKS.indexOf(value) >= 0;
    }

    static void assertNotAccepted(
            FakeIntel intel,
            IntelVerification verifier,
            Bytes quote,
            List<Endorsement> endorsements,
            int offset) {
        var findings = new Findings();
        try {
            boolean accepted =
                    verifier.verify(
                                    quote,
                                    intel.quote().kind(),
                                    new Endorsements(endorsements),
                                    FakeIntel.NOW,
                                    findings)
                            .isPresent();
            assertFalse(accepted, "altered at " + offset);
            assertTrue(findings.refuse(), "no reason at " + offset);
        } catch (MalformedException | CouldNotCheckException _) {
            // Not accepted either.
        }
    }
}
