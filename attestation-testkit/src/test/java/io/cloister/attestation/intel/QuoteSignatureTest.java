package io.cloister.attestation.intel;

import static io.cloister.attestation.intel.Outcomes.accepted;
import static io.cloister.attestation.intel.Outcomes.altered;
import static io.cloister.attestation.intel.Outcomes.malformed;
import static io.cloister.attestation.intel.Outcomes.notCheckable;
import static io.cloister.attestation.intel.Outcomes.refused;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.testkit.EcTestKey;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

/// Who signed a quote (spec/evidence.md §9.4).
class QuoteSignatureTest {
    private static final EcTestKey OTHER = EcTestKey.named("other");

    @Test
    void refusesAQuoteSignedWithAnotherKey() throws Exception {
        for (FakeIntel intel : List.of(FakeIntel.sgx(), FakeIntel.tdx(), FakeIntel.tdx15())) {
            intel.quote().signedWith(OTHER);
            refused(intel, FindingCode.INTEL_QUOTE_SIGNATURE);
        }
    }

    @Test
    void refusesAnAttestationKeyThatTheQuotingEnclaveDoesNotBind() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().binding(Bytes.copyOf(new byte[64]));
        refused(intel, FindingCode.INTEL_ATTESTATION_KEY_BOUND);
    }

    @Test
    void refusesAnythingBehindTheBinding() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        SgxReport report = Quote.parse(intel.quote().bytes()).signature().qeReport();
        for (int offset : new int[] {32, 63}) {
            intel.quote().binding(altered(report.reportData(), offset, 1));
            refused(intel, FindingCode.INTEL_ATTESTATION_KEY_BOUND);
        }
    }

    @Test
    void refusesOtherAuthenticationData() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        refused(
                intel,
                altered(intel.quote().bytes(), 1220, 1),
                intel.endorsements(),
                FindingCode.INTEL_ATTESTATION_KEY_BOUND);
    }

    @Test
    void acceptsNoAuthenticationData() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().authData(Bytes.copyOf(new byte[0]));
        accepted(intel);
    }

    @Test
    void refusesAQuotingEnclaveThatAnotherPlatformCertifies() throws Exception {
        for (FakeIntel intel : List.of(FakeIntel.sgx(), FakeIntel.tdx15())) {
            intel.quote().pck(OTHER);
            refused(intel, FindingCode.INTEL_QE_REPORT_SIGNATURE);
        }
    }

    @Test
    void refusesAnAttestationKeyOffTheCurve() {
        FakeIntel intel = FakeIntel.tdx();
        Bytes point = EcTestKey.named("attestation").point();
        intel.quote().attestationPoint(altered(point, 63, 1));
        malformed(intel, "quote.attestationKey: expected a point on secp256r1");
    }

    @Test
    void refusesTheAttestationKeyOfNobody() {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().attestationPoint(Bytes.copyOf(new byte[64]));
        malformed(intel, "quote.attestationKey");
    }

    @Test
    void refusesSignaturesThatAreZero() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        byte[] quote = intel.quote().bytes().toArray();
        Arrays.fill(quote, 436, 500, (byte) 0);
        refused(
                intel,
                Bytes.copyOf(quote),
                intel.endorsements(),
                FindingCode.INTEL_QUOTE_SIGNATURE);
    }

    @Test
    void takesThePckCertificateFromTheEndorsementsWhereTheQuoteHasNone() throws Exception {
        for (int type = 1; type <= 3; type++) {
            FakeIntel intel = FakeIntel.sgx();
            intel.quote().certification(type, Bytes.copyOf(new byte[36]));
            List<Endorsement> all = intel.endorsements();
            notCheckable(intel, all, "PCK certificate");
            all.add(new Endorsement.X509(intel.pck().der()));
            notCheckable(intel, all, "Intel SGX Root CA");
            all.add(new Endorsement.X509(intel.root().der()));
            notCheckable(intel, all, "Intel SGX PCK Platform CA");
            all.add(new Endorsement.X509(intel.authority().der()));
            accepted(intel, intel.quote().bytes(), all);
        }
    }

    @Test
    void choosesThePckCertificateThatSignedTheQuotingEnclave() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        Bytes right = intel.pck().der();
        Bytes other = intel.pck().key(OTHER).der();
        intel.quote().certification(1, Bytes.copyOf(new byte[36]));
        List<Endorsement> all = intel.endorsements();
        for (Bytes der : List.of(other, right, intel.root().der(), intel.authority().der())) {
            all.add(new Endorsement.X509(der));
        }
        accepted(intel, intel.quote().bytes(), all);
    }

    @Test
    void readsAPckCertificateAlone() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.quote().certification(4, Bytes.utf8(intel.pck().pem()));
        List<Endorsement> all = intel.endorsements();
        all.add(new Endorsement.X509(intel.root().der()));
        all.add(new Endorsement.X509(intel.authority().der()));
        accepted(intel, intel.quote().bytes(), all);
        intel.quote().certification(4, Bytes.utf8(intel.pck().pem() + intel.root().pem()));
        malformed(intel, "quote.certificationData: expected one certificate");
    }

    @Test
    void takesTheChainInAnyOrderAndInDer() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote()
                .certification(
                        5,
                        Bytes.utf8(
                                intel.pck().pem() + intel.root().pem() + intel.authority().pem()));
        accepted(intel);
        intel.quote()
                .certification(
                        5,
                        Bytes.concat(
                                intel.pck().der(), intel.authority().der(), intel.root().der()));
        accepted(intel);
        intel.quote()
                .certification(
                        5,
                        Bytes.utf8(
                                intel.pck().pem()
                                        + intel.authority().pem()
                                        + intel.root().pem()
                                        + "\0"));
        accepted(intel);
    }
}
