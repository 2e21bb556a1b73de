package io.cloister.attestation.intel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.Pem;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Real quotes with real collateral get exactly the verdict that Intel's algorithm gives them.
class CapturedIntelTest {
    private static final SignatureChecks CHECKS = SignatureChecks.ofPlatform();

    private final IntelVerification verification =
            new IntelVerification(VendorRoots.pinned().intel(), CHECKS);

    @BeforeEach
    void skipWithoutTheFolder() {
        CapturedIntel.folder();
    }

    @TestFactory
    Stream<DynamicTest> givesEachCaseItsVerdict() throws Exception {
        CapturedIntel folder = CapturedIntel.folder();
        Fields file = Fields.of(folder.json("cases-intel.json"), "cases");
        List<Json> cases = file.list("intel", 10_000, (one, path) -> one);
        return cases.stream()
                .map(one -> {
                    Fields fields = fields(one);
                    return DynamicTest.dynamicTest(
                            text(fields, "id"), () -> givesItsVerdict(folder, fields));
                });
    }

    private void givesItsVerdict(CapturedIntel folder, Fields one) throws Exception {
        Fields expect = one.object("expect");
        Bytes quote = folder.read(text(one, "quote"));
        Endorsements endorsements = folder.endorsements(one);
        var findings = new Findings();
        Optional<IntelVerification.Result> result =
                verify(quote, endorsements, Instant.parse(text(one, "time")), findings);
        if (expect.has("reject")) {
            assertTrue(result.isEmpty());
            assertEquals(List.of(FindingCode.INTEL_CRL_CURRENT), refusals(findings));
            return;
        }
        assertEquals(List.of(), refusals(findings));
        IntelTcb tcb = result.orElseThrow().tcb();
        assertEquals(text(expect, "tcbStatus"), tcb.status().word());
        assertEquals(expect.bool("debug"), debug(result.get().quote()));
        assertEquals(text(expect, "qeStatus"), status(tcb.qe()));
        assertFalse(expect.bool("pckRevoked"));
        if (!expect.has("sgxTcbStatus")) {
            assertTrue(tcb.platform().isEmpty());
        } else {
            assertEquals(text(expect, "sgxTcbStatus"), status(tcb.sgx()));
            IntelTcb.Level level = tcb.platform().orElseThrow();
            assertEquals(Instant.parse(text(expect, "tcbDate")), level.tcbDate());
            assertEquals(
                    expect.texts("advisoryIDs", 100, (text, path) -> text),
                    level.advisoryIds().stream().sorted().toList());
        }
        if (expect.has("tdxTcbStatus")) {
            assertEquals(text(expect, "tdxTcbStatus"), status(tcb.tdx()));
        }
        if (expect.has("tdxModule")) {
            Json.Arr module = (Json.Arr) expect.any("tdxModule");
            assertEquals(
                    List.of(
                            ((Json.Str) module.elements().get(0)).value(),
                            ((Json.Str) module.elements().get(2)).value()),
                    List.of(tcb.module().orElseThrow().name(), status(tcb.module())));
        }
        if (one.has("window")) {
            List<String> window = one.texts("window", 2, (text, path) -> text);
            Instant end = Instant.parse(window.get(1));
            assertEquals(end, result.get().validUntil());
            assertTrue(verify(quote, endorsements, end, new Findings()).isPresent());
            assertTrue(verify(quote, endorsements, end.plusSeconds(1), new Findings()).isEmpty());
            Instant begin = Instant.parse(window.get(0));
            assertTrue(verify(quote, endorsements, begin, new Findings()).isPresent());
            assertTrue(
                    verify(quote, endorsements, begin.minusSeconds(1), new Findings()).isEmpty());
        }
    }

    @TestFactory
    Stream<DynamicTest> readsEachFieldOfEachQuote() throws Exception {
        CapturedIntel folder = CapturedIntel.folder();
        Json.Obj all = (Json.Obj) folder.json("claims.json");
        return all.members().entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(".quote.bin"))
                .map(entry -> claims(folder, entry));
    }

    private static DynamicTest claims(CapturedIntel folder, Map.Entry<String, Json> entry) {
        return DynamicTest.dynamicTest(
                entry.getKey(),
                () -> {
                    Quote quote = Quote.parse(folder.read(entry.getKey()));
                    Fields expected = fields(entry.getValue());
                    QuoteHeader header = quote.header();
                    assertEquals(expected.integer("version", 3, 5), header.version());
                    assertEquals(
                            text(expected, "tee"),
                            "0x" + Integer.toHexString(header.teeType().code()));
                    assertEquals(
                            expected.integer("signedBytes", 0, 1000), quote.signedBytes().length());
                    assertEquals(text(expected, "userData"), header.userData().hex());
                    if (header.version() == 3) {
                        assertEquals(
                                expected.integer("qeSvn", 0, 65535),
                                header.signer().orElseThrow().qeSvn());
                        assertEquals(
                                expected.integer("pceSvn", 0, 65535),
                                header.signer().orElseThrow().pceSvn());
                    }
                    QuoteSignature signature = quote.signature();
                    assertEquals(
                            expected.integer("certDataType", 1, 5),
                            signature.certification().type());
                    assertEquals(text(expected, "authData"), signature.authData().hex());
                    enclave(expected.object("qeReport"), signature.qeReport());
                    Fields body = expected.object("body");
                    switch (quote.body()) {
                        case SgxReport enclave -> enclave(body, enclave);
                        case TdReport td -> td(body, td);
                    }
                    assertEquals(body.bool("debug"), debug(quote));
                    if (signature.certification().isCertificates()) {
                        platform(expected, signature.certification());
                    }
                });
    }

    private static void enclave(Fields expected, SgxReport report) throws MalformedException {
        assertEquals(text(expected, "cpusvn"), report.cpuSvn().hex());
        assertEquals(
                Long.parseLong(text(expected, "miscselect"), 16),
                Long.reverseBytes(report.miscSelect() << 32));
        SgxAttributes attributes = report.attributes();
        assertEquals(
                text(expected, "attributes"),
                littleEndian(attributes.flags()) + littleEndian(attributes.xfrm()));
        assertEquals(text(expected, "mrenclave"), report.mrEnclave().hex());
        assertEquals(text(expected, "mrsigner"), report.mrSigner().hex());
        assertEquals(text(expected, "configid"), report.configId().hex());
        assertEquals(expected.integer("isvprodid", 0, 65535), report.isvProdId());
        assertEquals(expected.integer("isvsvn", 0, 65535), report.isvSvn());
        assertEquals(text(expected, "reportdata"), report.reportData().hex());
    }

    private static void td(Fields expected, TdReport report) throws MalformedException {
        assertEquals(text(expected, "teetcbsvn"), report.teeTcbSvn().hex());
        assertEquals(text(expected, "mrseam"), report.mrSeam().hex());
        assertEquals(text(expected, "mrsignerseam"), report.mrSignerSeam().hex());
        assertEquals(text(expected, "seamattributes"), report.seamAttributes().hex());
        assertEquals(text(expected, "tdattributes"), littleEndian(report.attributes().bits()));
        assertEquals(text(expected, "xfam"), littleEndian(report.xfam()));
        assertEquals(text(expected, "mrtd"), report.mrTd().hex());
        assertEquals(text(expected, "mrconfigid"), report.mrConfigId().hex());
        assertEquals(text(expected, "mrowner"), report.mrOwner().hex());
        assertEquals(text(expected, "mrownerconfig"), report.mrOwnerConfig().hex());
        for (int i = 0; i < 4; i++) {
            assertEquals(text(expected, "rtmr" + i), report.rtmrs().get(i).hex());
        }
        assertEquals(text(expected, "reportdata"), report.reportData().hex());
        assertEquals(expected.has("teetcbsvn2"), report.extension().isPresent());
        if (report.extension().isPresent()) {
            TdReport.Extension extension = report.extension().get();
            assertEquals(text(expected, "teetcbsvn2"), extension.teeTcbSvn2().hex());
            assertEquals(text(expected, "mrservicetd"), extension.mrServiceTd().hex());
        }
    }

    private static void platform(Fields quote, CertificationData certification) throws Exception {
        Fields expected = quote.object("pck");
        Certificate pck =
                Pem.blocks(certification.data(), "CERTIFICATE", "chain").stream()
                        .map(CapturedIntelTest::certificate)
                        .filter(one -> one.subject().commonName().contains(IntelChain.PCK_NAME))
                        .findFirst()
                        .orElseThrow();
        assertEquals(text(quote, "pckSerial"), "0x" + pck.serial().toString(16));
        PckExtension platform =
                PckExtension.parse(pck.extension(PckExtension.OID).orElseThrow().value());
        assertEquals(text(expected, "ppid"), platform.ppid().hex());
        assertEquals(text(expected, "fmspc"), platform.fmspc().hex());
        assertEquals(text(expected, "pceid"), platform.pceId().hex());
        assertEquals(text(expected, "comp"), platform.components().hex());
        assertEquals(expected.integer("pcesvn", 0, 65535), platform.pceSvn());
        assertEquals(text(expected, "cpusvn"), platform.cpuSvn().hex());
        assertEquals(expected.integer("sgxtype", 0, 2), platform.sgxType());
        if (expected.any("pid") instanceof Json.Str(var instance)) {
            PckExtension.Platform several = platform.platform().orElseThrow();
            assertEquals(instance, several.instanceId().hex());
            assertEquals(expected.bool("dyn"), several.dynamicPlatform());
            assertEquals(expected.bool("cached"), several.cachedKeys());
            assertEquals(expected.bool("smt"), several.smtEnabled());
        } else {
            assertTrue(platform.platform().isEmpty());
        }
    }

    @Test
    void refusesACorruptedQuote() throws Exception {
        var findings = new Findings();
        Optional<IntelVerification.Result> result =
                verifyWithSome("sgx/neg-fortanix-corrupted.quote.bin", findings);
        assertTrue(result.isEmpty());
        assertTrue(refusals(findings).contains(FindingCode.INTEL_QUOTE_SIGNATURE));
    }

    @Test
    void refusesAQuoteOfAnotherRoot() throws Exception {
        var findings = new Findings();
        Optional<IntelVerification.Result> result =
                verifyWithSome("tdx/neg-v4-30806f000000-preproduction.quote.bin", findings);
        assertTrue(result.isEmpty());
        assertTrue(findings.refuse());
    }

    @Test
    void cannotCheckAQuoteWithoutItsPckCertificate() {
        assertThrows(
                CouldNotCheckException.class,
                () -> verifyWithSome("sgx/neg-fortanix-certtype3.quote.bin", new Findings()));
    }

    private Optional<IntelVerification.Result> verifyWithSome(String quote, Findings findings)
            throws Exception {
        CapturedIntel folder = CapturedIntel.folder();
        Fields file = Fields.of(folder.json("cases-intel.json"), "cases");
        Json one =
                file.list("intel", 10_000, (json, path) -> json).stream()
                        .filter(json ->
                                text(fields(json), "quote")
                                        .startsWith(quote.substring(0, quote.indexOf('/'))))
                        .findFirst()
                        .orElseThrow();
        return verify(
                folder.read(quote),
                folder.endorsements(fields(one)),
                Instant.parse(text(fields(one), "time")),
                findings);
    }

    @Test
    void verifiesIntelsSampleOfAnSgxQuoteUnderItsOwnRootOnly() throws Exception {
        var findings = new Findings();
        Optional<IntelVerification.Result> result = sample("sgx", findings);
        assertEquals(List.of(), refusals(findings));
        assertEquals(TcbStatus.UP_TO_DATE, result.orElseThrow().tcb().status());
    }

    /// All its signatures hold, but its quoting enclave is not the one of its QE identity, and its
    /// TDX module none that its TCB info lists.
    @Test
    void refusesIntelsSampleOfATdxQuoteForItsContentOnly() throws Exception {
        var findings = new Findings();
        assertTrue(sample("tdx", findings).isEmpty());
        assertEquals(
                List.of(FindingCode.INTEL_QE_GENUINE, FindingCode.INTEL_TDX_MODULE),
                refusals(findings));
    }

    private Optional<IntelVerification.Result> sample(String kind, Findings findings)
            throws Exception {
        Instant instant = Instant.parse("2022-01-01T00:00:00Z");
        CapturedIntel folder = CapturedIntel.folder();
        String sample = kind + "/intel-sample/";
        var all = new ArrayList<Endorsement>();
        for (String file : List.of("pckCert.pem", "pckSignChain.pem", "tcbSignChain.pem")) {
            for (Endorsement certificate : folder.certificates(sample + file)) {
                if (!all.contains(certificate)) {
                    all.add(certificate);
                }
            }
        }
        all.add(new Endorsement.Crl(folder.read(sample + "rootCaCrl.der")));
        all.add(new Endorsement.Crl(folder.read(sample + "intermediateCaCrl.der")));
        all.add(new Endorsement.TcbInfo(folder.read(sample + "tcbInfo.json")));
        all.add(new Endorsement.QeIdentity(folder.read(sample + "qeIdentity.json")));
        var endorsements = new Endorsements(all);
        Bytes quote = folder.read(sample + "quote.dat");
        PinnedKey root = pin(folder, sample + "trustedRootCaCert.pem");
        var production = new Findings();
        assertTrue(verify(quote, endorsements, instant, production).isEmpty());
        assertEquals(List.of(FindingCode.INTEL_ROOT), refusals(production));
        return new IntelVerification(root, CHECKS)
                .verify(quote, teeType(quote), endorsements, instant, findings);
    }

    /// Intel's own chains with one fault each. The extension of their PCK certificates is of a form
    /// of before 2019, so it is not read here.
    @TestFactory
    Stream<DynamicTest> refusesEachFaultyPckChainForItsFault() throws Exception {
        CapturedIntel folder = CapturedIntel.folder();
        FindingCode profile = FindingCode.INTEL_CERTIFICATE_PROFILE;
        FindingCode signature = FindingCode.INTEL_CERTIFICATE_SIGNATURE;
        FindingCode validity = FindingCode.INTEL_CERTIFICATE_VALIDITY;
        FindingCode unrevoked = FindingCode.INTEL_CERTIFICATE_UNREVOKED;
        return Map.ofEntries(
                        Map.entry("InChainRoot_InvalidIssuer", profile),
                        Map.entry("InChainRoot_InvalidSubject", profile),
                        Map.entry("InChainRoot_InvalidValidityPeriod", validity),
                        Map.entry("Intermediate_InvalidExtensions", profile),
                        Map.entry("Intermediate_InvalidIssuerCantVerifySignature", signature),
                        Map.entry("Intermediate_InvalidValidityPeriod", validity),
                        Map.entry("Pck_InvalidExtensions", profile),
                        Map.entry("Pck_InvalidIssuer", profile),
                        Map.entry("Pck_InvalidValidityPeriod", validity),
                        Map.entry("Revoked_Intermediate", unrevoked),
                        Map.entry("Revoked_PCK", unrevoked),
                        Map.entry("TrustedRoot_InvalidSubject", profile),
                        Map.entry("TrustedRoot_UntrustedChain", signature))
                .entrySet()
                .stream()
                .map(one ->
                        DynamicTest.dynamicTest(
                                one.getKey(),
                                () -> {
                                    List<FindingCode> found = chain(folder, one.getKey());
                                    assertTrue(found.contains(one.getValue()), found.toString());
                                }));
    }

    @Test
    void cannotCheckAChainOfWhoseRootOnlyAStrangersListIsThere() {
        assertThrows(
                CouldNotCheckException.class,
                () -> chain(CapturedIntel.folder(), "Revoked_RootCaUnknownIssuer"));
    }

    @Test
    void acceptsFaultlessPckChains() throws Exception {
        CapturedIntel folder = CapturedIntel.folder();
        assertEquals(List.of(), chain(folder, "Positive_PlatformAsIntermediate"));
        assertEquals(List.of(), chain(folder, "Positive_ProcessorAsIntermediate"));
    }

    @Test
    void refusesAPckExtensionWithoutItsParts() throws Exception {
        CapturedIntel folder = CapturedIntel.folder();
        IntelMaterial material = material(folder, "sgx/pck-chain-cases/Pck_InvalidSGXExtensions/");
        MalformedException e =
                assertThrows(MalformedException.class, () -> material.platform(pck(material)));
        assertTrue(String.valueOf(e.getMessage()).startsWith("pck."), e.getMessage());
    }

    private static List<FindingCode> chain(CapturedIntel folder, String name) throws Exception {
        String path = "sgx/pck-chain-cases/" + name + "/";
        var findings = new Findings();
        var checks = new CheckList(findings, Instant.parse("2018-10-01T00:00:00Z"), Duration.ZERO);
        IntelMaterial material = material(folder, path);
        PinnedKey root = pin(folder, path + "IntelSGXRootCACertificate.pem");
        try {
            Optional<IntelChain.Authorities> found =
                    new IntelChain(material, root, checks).verify(pck(material));
            assertTrue(found.isPresent() || findings.refuse());
        } catch (CouldNotCheckException e) {
            if (!findings.refuse()) {
                throw e;
            }
        }
        return refusals(findings);
    }

    private static IntelMaterial material(CapturedIntel folder, String path) throws Exception {
        // Of the root's certificates that from beside the chain only: a faultless one of the same
        // key
        // would count instead of it.
        PinnedKey root = pin(folder, path + "IntelSGXRootCACertificate.pem");
        var all = new ArrayList<>(folder.certificates(path + "IntelSGXRootCACertificate.pem"));
        for (Endorsement one : folder.certificates(path + "IntelSGXCertificateChain.pem")) {
            if (!root.matches(certificate(((Endorsement.X509) one).der()))) {
                all.add(one);
            }
        }
        for (String list : List.of("intermediateCaCrl.pem", "rootCaCrl.pem")) {
            Bytes der = Pem.blocks(folder.read(path + list), "X509 CRL", list).getFirst();
            all.add(new Endorsement.Crl(der));
        }
        return IntelMaterial.read(
                new CertificationData(1, Bytes.copyOf(new byte[0])),
                new Endorsements(all),
                new IntelDocuments(CHECKS));
    }

    private static Certificate pck(IntelMaterial material) {
        return material.pool().certificates().stream()
                .filter(one -> one.subject().commonName().contains(IntelChain.PCK_NAME))
                .findFirst()
                .orElseThrow();
    }

    private static PinnedKey pin(CapturedIntel folder, String name) throws Exception {
        Bytes der = Pem.blocks(folder.read(name), "CERTIFICATE", name).getFirst();
        return new PinnedKey(
                "Intel SGX Root CA", Certificate.parse(der, name).publicKeyDigest(), name);
    }

    private Optional<IntelVerification.Result> verify(
            Bytes quote, Endorsements endorsements, Instant instant, Findings findings)
            throws Exception {
        return verification.verify(quote, teeType(quote), endorsements, instant, findings);
    }

    private static TeeType teeType(Bytes quote) throws MalformedException {
        return Quote.parse(quote).header().teeType();
    }

    private static List<FindingCode> refusals(Findings findings) {
        return findings.all().stream()
                .filter(finding -> finding.outcome() == Outcome.NOT_MET)
                .map(Finding::code)
                .toList();
    }

    private static boolean debug(Quote quote) {
        return switch (quote.body()) {
            case SgxReport enclave -> enclave.attributes().debug();
            case TdReport td -> td.attributes().debug();
        };
    }

    private static String status(Optional<IntelTcb.Level> level) {
        return level.orElseThrow().status().word();
    }

    private static String littleEndian(long bits) {
        return String.format("%016x", Long.reverseBytes(bits));
    }

    private static Certificate certificate(Bytes der) {
        try {
            return Certificate.parse(der, "certificate");
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    private static Fields fields(Json json) {
        try {
            return Fields.of(json, "case");
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(Fields fields, String name) {
        try {
            return fields.string(name, 0, 400);
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }
}
