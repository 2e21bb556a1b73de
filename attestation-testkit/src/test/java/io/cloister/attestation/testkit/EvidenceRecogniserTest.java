package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.evidence.EvidenceForm;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.evidence.EvidenceRecogniser;
import io.cloister.attestation.evidence.RecognisedEvidence;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Base64;
import java.util.HexFormat;

/// Evidence is told by its content, and nothing else passes for it.
class EvidenceRecogniserTest {
    private static final String SGX = "1.2.840.113741.1337.6";
    private static final String SNP = "1.2.840.113741.1337.7";
    private static final String TDX = "1.2.840.113741.1337.8";

    private final FakeAmd amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);

    @ParameterizedTest
    @CsvSource({"3, 0, SGX", "4, 0, SGX", "5, 0, SGX", "4, 0x81, TDX", "5, 0x81, TDX"})
    void tellsQuotesByVersionAndType(int version, String tee, EvidenceKind kind)
            throws MalformedException {
        Bytes quote = quote(version, Integer.decode(tee));
        RecognisedEvidence found = EvidenceRecogniser.recognise(quote);
        assertEquals(kind, found.evidence().kind());
        assertEquals(EvidenceForm.PLAIN, found.form());
        assertEquals(
                kind == EvidenceKind.SGX ? new SgxEvidence(quote) : new TdxEvidence(quote),
                found.evidence());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    void tellsReportsOfEveryVersion(int version) throws MalformedException {
        SnpEvidence report = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, version).evidence();
        RecognisedEvidence found = EvidenceRecogniser.recognise(report.report());
        assertEquals(report, found.evidence());
        assertEquals(EvidenceForm.PLAIN, found.form());
    }

    @Test
    void tellsAReportWithItsCertificates() throws MalformedException {
        SnpEvidence extended = amd.extended();
        RecognisedEvidence found = EvidenceRecogniser.recognise(extended.report());
        assertEquals(extended, found.evidence());
        assertEquals(EvidenceForm.WITH_CERTIFICATES, found.form());
    }

    @Test
    void takesAReportOutOfAParavisors() throws MalformedException {
        SnpEvidence report = amd.evidence();
        RecognisedEvidence found = EvidenceRecogniser.recognise(paravisor(report.report(), 2));
        assertEquals(report, found.evidence());
        assertEquals(EvidenceForm.PARAVISOR_REPORT, found.form());
    }

    @Test
    void takesEvidenceOutOfACertificate() throws MalformedException {
        SnpEvidence report = amd.evidence();
        FakeAmdCertificate certificate = certificate().extension(SNP, false, report.report());
        RecognisedEvidence found = EvidenceRecogniser.recognise(certificate.der());
        assertEquals(report, found.evidence());
        assertEquals(EvidenceForm.TLS_CERTIFICATE, found.form());
        assertEquals(amd.leafKey().publicKeyInfo(), found.tlsKey());
        Bytes pem = pem(certificate);
        assertEquals(found, EvidenceRecogniser.recognise(pem));
        assertEquals(
                EvidenceKind.TDX,
                EvidenceRecogniser.recognise(
                                certificate().extension(TDX, true, quote(4, 0x81)).der())
                        .evidence()
                        .kind());
    }

    @Test
    void takesARealQuoteOutOfItsCertificate() throws IOException, MalformedException {
        Bytes pem =
                Bytes.copyOf(
                        Files.readAllBytes(
                                CapturedEvidence.folder().resolve("sgx/ratls-cert-cosmian.pem")));
        RecognisedEvidence found = EvidenceRecogniser.recognise(pem);
        assertEquals(EvidenceKind.SGX, found.evidence().kind());
        assertEquals(4734, ((SgxEvidence) found.evidence()).quote().length());
    }

    @Test
    void takesARealReportOutOfAParavisors() throws IOException, MalformedException {
        Bytes blob =
                Bytes.copyOf(
                        Files.readAllBytes(
                                CapturedEvidence.folder()
                                        .resolve("snp/genoa-v3-azure-openpcc.hcl.bin")));
        Bytes report =
                Bytes.copyOf(
                        Files.readAllBytes(
                                CapturedEvidence.folder()
                                        .resolve("snp/genoa-v3-azure-openpcc.report.bin")));
        assertEquals(new SnpEvidence(report), EvidenceRecogniser.recognise(blob).evidence());
    }

    @Test
    void refusesOneExtensionTwice() {
        refuses(certificate().extension(SNP, false, amd.evidence().report()).twice(SNP).der());
    }

    @Test
    void refusesTwoExtensionsWithEvidence() {
        refuses(
                certificate()
                        .extension(SNP, false, amd.evidence().report())
                        .extension(SGX, false, quote(3, 0))
                        .der());
    }

    @Test
    void refusesACertificateWithoutEvidence() {
        refuses(certificate().der());
    }

    @Test
    void refusesEvidenceUnderAnotherKindsName() {
        refuses(certificate().extension(SGX, false, quote(4, 0x81)).der());
        refuses(certificate().extension(TDX, false, quote(4, 0)).der());
        refuses(certificate().extension(SNP, false, quote(3, 0)).der());
    }

    @Test
    void refusesACertificateInACertificate() {
        Bytes inner = certificate().extension(SNP, false, amd.evidence().report()).der();
        refuses(certificate().extension(SNP, false, inner).der());
    }

    @Test
    void refusesTwoCertificates() {
        Bytes pem = pem(certificate().extension(SNP, false, amd.evidence().report()));
        refuses(Bytes.concat(pem, pem));
    }

    @Test
    void refusesAPemBlockThatEndsInItsBeginning() {
        refuses(Bytes.utf8("-----BEGIN CERTIFICATE-----END CERTIFICATE-----"));
    }

    @Test
    void refusesBytesBehindACertificate() {
        refuses(
                Bytes.concat(
                        certificate().extension(SNP, false, amd.evidence().report()).der(),
                        Bytes.utf8("x")));
    }

    @ParameterizedTest
    @CsvSource({"2, 0", "6, 0", "4, 0x82", "5, 1"})
    void refusesQuotesOfOtherVersionsAndTypes(int version, String tee) {
        refuses(quote(version, Integer.decode(tee)));
    }

    @Test
    void refusesAQuoteOfAnotherVendor() {
        byte[] quote = quote(3, 0).slice(0, 100).toArray();
        quote[12] ^= 1;
        refuses(Bytes.copyOf(quote));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 6})
    void refusesReportsOfOtherVersions(int version) {
        refuses(amd.report().u32(0, version).bytes());
    }

    @Test
    void refusesTheParavisorsReportOfATdxMachine() {
        refuses(paravisor(amd.evidence().report(), 4));
    }

    @Test
    void refusesAParavisorsReportThatEndsEarly() {
        Bytes blob = paravisor(amd.evidence().report(), 2);
        refuses(blob.slice(0, 32 + 1184 + 11));
    }

    @Test
    void refusesWhatIsNoEvidence() {
        refuses(Bytes.copyOf(new byte[0]));
        refuses(Bytes.utf8("{\"type\":\"something\"}"));
        refuses(amd.evidence().report().slice(0, 1183));
        refuses(Bytes.copyOf(new byte[EvidenceRecogniser.MAX_LENGTH + 1]));
    }

    @Test
    void refusesMoreThanEvidenceMayHave() {
        refuses(Bytes.concat(amd.evidence().report(), Bytes.copyOf(new byte[16 * 1024])));
        refuses(Bytes.concat(quote(3, 0), Bytes.copyOf(new byte[32 * 1024])));
    }

    private static void refuses(Bytes bytes) {
        assertThrows(MalformedException.class, () -> EvidenceRecogniser.recognise(bytes));
    }

    private FakeAmdCertificate certificate() {
        return new FakeAmdCertificate(
                "tls.example",
                amd.leafKey().publicKeyInfo(),
                "tls.example",
                FakeAmd.key("ask", SnpProduct.MILAN));
    }

    private static Bytes pem(FakeAmdCertificate certificate) {
        return Bytes.utf8(
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder().encodeToString(certificate.der().toArray())
                        + "\n-----END CERTIFICATE-----\n");
    }

    private static Bytes quote(int version, int tee) {
        var quote = new byte[2000];
        quote[0] = (byte) version;
        quote[2] = 2;
        quote[4] = (byte) tee;
        byte[] vendor = HexFormat.of().parseHex("939a7233f79c4ca9940a0db3957f0607");
        System.arraycopy(vendor, 0, quote, 12, vendor.length);
        return Bytes.copyOf(quote);
    }

    private static Bytes paravisor(Bytes report, int kind) {
        var head = new byte[32];
        var tail = new byte[100];
        tail[4] = 1;
        tail[8] = (byte) kind;
        System.arraycopy(Bytes.utf8("HCLA").toArray(), 0, head, 0, 4);
        return Bytes.concat(Bytes.copyOf(head), report, Bytes.copyOf(tail));
    }
}
