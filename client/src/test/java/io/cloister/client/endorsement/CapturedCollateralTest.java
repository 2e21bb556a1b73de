package io.cloister.client.endorsement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.EndorsementBundle;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.intel.Quote;
import io.cloister.attestation.intel.TeeType;
import io.cloister.attestation.pki.SignatureAlgorithm;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Fetches, from a server that answers what the vendors' services once answered, what captured
/// Evidence needs.
class CapturedCollateralTest {
    private static final String TCB_CHAIN = "TCB-Info-Issuer-Chain";
    private static final String IDENTITY_CHAIN = "SGX-Enclave-Identity-Issuer-Chain";
    private static final String CRL_CHAIN = "SGX-PCK-CRL-Issuer-Chain";
    private static final String ROOT_CRL = "/sgx/certification/v4/rootcacrl";
    private static final String GENOA_VCEK = "genoa-v3-azure-openpcc";
    private static final Endorsements NONE = Endorsements.none();

    private final CollateralServer server = new CollateralServer();
    private final SettableClock clock = new SettableClock(Instant.EPOCH);
    private int caches;

    @TempDir private Path caching;

    @AfterEach
    void stop() {
        server.close();
    }

    private record IntelCase(
            String id,
            Path quote,
            Instant time,
            Path signingChain,
            Path tcbInfo,
            Path qeIdentity,
            Path pckCrl,
            Path rootCrl,
            boolean current) {
        Evidence evidence() throws Exception {
            Bytes bytes = bytes(quote);
            return Quote.parse(bytes).header().teeType() == TeeType.SGX
                    ? new SgxEvidence(bytes)
                    : new TdxEvidence(bytes);
        }
    }

    private static Path folder() {
        @Nullable String folder = System.getProperty("cloister.evidence");
        assumeTrue(
                folder != null,
                "no captured Evidence: name its folder by -Dcloister.evidence=DIR to run this");
        return Path.of(folder);
    }

    private static Bytes bytes(Path file) throws Exception {
        return Bytes.copyOf(Files.readAllBytes(file));
    }

    private static List<IntelCase> intelCases() throws Exception {
        Path folder = folder();
        Fields file =
                Fields.of(
                        Json.parse(
                                Files.readAllBytes(folder.resolve("cases-intel.json")),
                                JsonLimits.DOCUMENT,
                                "cases"),
                        "cases");
        return file.list(
                "intel",
                1_000,
                (json, path) -> {
                    Fields one = Fields.of(json, path);
                    return new IntelCase(
                            one.string("id", 1, 200),
                            folder.resolve(one.string("quote", 1, 200)),
                            Instant.parse(one.string("time", 1, 40)),
                            folder.resolve(one.string("tcbSigningChain", 1, 200)),
                            folder.resolve(one.string("tcbInfo", 1, 200)),
                            folder.resolve(one.string("qeIdentity", 1, 200)),
                            folder.resolve(one.string("pckCrl", 1, 200)),
                            folder.resolve(one.string("rootCrl", 1, 200)),
                            !one.object("expect").has("reject"));
                });
    }

    private static String header(Path pem) throws Exception {
        return URLEncoder.encode(Files.readString(pem), StandardCharsets.US_ASCII)
                .replace("+", "%20");
    }

    private static IntelNeeds needs(Bytes quote) throws Exception {
        return IntelNeeds.of(
                quote,
                NONE,
                VendorRoots.pinned().intel(),
                new Chains(SignatureAlgorithm.ECDSA_P256_SHA256, SignatureChecks.ofPlatform()));
    }

    private static String tcbInfoPath(IntelCase one) throws Exception {
        boolean tdx = one.evidence() instanceof TdxEvidence;
        IntelNeeds needs =
                needs(one.evidence() instanceof TdxEvidence(var quote) ? quote : bytes(one.quote));
        return (tdx ? "/tdx" : "/sgx")
                + "/certification/v4/tcb?fmspc="
                + needs.fmspc().hex()
                + "&update=standard";
    }

    private static String identityPath(IntelCase one) throws Exception {
        return (one.evidence() instanceof TdxEvidence ? "/tdx" : "/sgx")
                + "/certification/v4/qe/identity?update=standard";
    }

    private static String pckCrlPath(IntelCase one) throws Exception {
        return "/sgx/certification/v4/pckcrl?ca="
                + needs(bytes(one.quote)).ca().word()
                + "&encoding=der";
    }

    private static Path crlChain(IntelCase one) throws Exception {
        return folder().resolve(
                        "intel/pck-" + needs(bytes(one.quote)).ca().word() + "-ca-chain.pem");
    }

    private void serve(IntelCase one) throws Exception {
        server.on(
                tcbInfoPath(one),
                Files.readAllBytes(one.tcbInfo),
                TCB_CHAIN,
                header(one.signingChain));
        server.on(
                identityPath(one),
                Files.readAllBytes(one.qeIdentity),
                IDENTITY_CHAIN,
                header(one.signingChain));
        server.on(
                pckCrlPath(one), Files.readAllBytes(one.pckCrl), CRL_CHAIN, header(crlChain(one)));
        // As PCCS does: in hexadecimal digits.
        server.on(ROOT_CRL, bytes(one.rootCrl).hex().getBytes(StandardCharsets.US_ASCII));
        clock.set(one.time);
    }

    private Fetched fetch(Evidence evidence, Endorsements present) throws Exception {
        var cache = new EndorsementCache(caching.resolve("c" + caches++));
        try (var source =
                new VendorEndorsements(
                        VendorServices.at(server.base(), "source"),
                        TcbSelection.standard(),
                        cache,
                        VendorRoots.pinned(),
                        SignatureChecks.ofPlatform(),
                        clock,
                        Duration.ofSeconds(20))) {
            return source.fetch(evidence, present);
        }
    }

    private String refused(IntelCase one) {
        return String.valueOf(
                assertThrows(CouldNotCheckException.class, () -> fetch(one.evidence(), NONE))
                        .getMessage());
    }

    private static IntelCase sgxCase() throws Exception {
        return intelCases().stream()
                .filter(one -> one.current && one.id.startsWith("rkl-00a067110000-phala@2025"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void fetchesWhatEachQuoteNeeds() throws Exception {
        for (IntelCase one : intelCases()) {
            if (!one.current) {
                continue;
            }
            serve(one);

            Fetched fetched = fetch(one.evidence(), NONE);

            Set<Endorsement> all = new HashSet<>(fetched.endorsements().all());
            assertTrue(all.contains(new Endorsement.TcbInfo(bytes(one.tcbInfo))), one.id);
            assertTrue(all.contains(new Endorsement.QeIdentity(bytes(one.qeIdentity))), one.id);
            assertTrue(all.contains(new Endorsement.Crl(bytes(one.pckCrl))), one.id);
            assertTrue(all.contains(new Endorsement.Crl(bytes(one.rootCrl))), one.id);
            assertEquals(4, fetched.origins().size());
            var bundle = new EndorsementBundle(fetched.endorsements());
            assertEquals(bundle, EndorsementBundle.parse(bundle.canonical()));
        }
    }

    @Test
    void refusesCollateralThatExpired() throws Exception {
        IntelCase one =
                intelCases().stream().filter(each -> !each.current).findFirst().orElseThrow();
        serve(one);

        assertTrue(refused(one).contains("revocation list"));
    }

    @Test
    void refusesEveryPartThatAServerLiesAbout() throws Exception {
        IntelCase one = sgxCase();
        serve(one);
        fetch(one.evidence(), NONE);
        byte[] info = Files.readAllBytes(one.tcbInfo);
        byte[] identity = Files.readAllBytes(one.qeIdentity);
        byte[] crl = Files.readAllBytes(one.pckCrl);
        byte[] rootCrl = Files.readAllBytes(one.rootCrl);
        String chain = header(one.signingChain);

        server.on(tcbInfoPath(one), flipped(info, "\"pcesvn\":"), TCB_CHAIN, chain);
        assertTrue(refused(one).contains("TCB info is not by its signer"));
        server.on(tcbInfoPath(one), identity, TCB_CHAIN, chain);
        refused(one);
        server.on(tcbInfoPath(one), otherFmspc(one), TCB_CHAIN, chain);
        assertTrue(refused(one).contains("other platforms"));
        server.on(tcbInfoPath(one), info);
        assertTrue(refused(one).contains("no issuer chain header"));
        server.on(tcbInfoPath(one), info, TCB_CHAIN, chain.replace("%2B", "+"));
        fetch(one.evidence(), NONE);
        server.on(tcbInfoPath(one), info, TCB_CHAIN, header(crlChain(one)));
        assertTrue(refused(one).contains("its signer is not Intel SGX TCB Signing"));
        server.on(tcbInfoPath(one), info, TCB_CHAIN, amdChain());
        assertTrue(refused(one).contains("its root is not Intel SGX Root CA"));
        server.on(tcbInfoPath(one), info, TCB_CHAIN, "%zz");
        assertTrue(refused(one).contains("percent-encoded"));
        server.on(tcbInfoPath(one), info, TCB_CHAIN, chain + chain);
        assertTrue(refused(one).contains("4 certificates"));

        serve(one);
        server.on(identityPath(one), flipped(identity, "\"isvsvn\":"), IDENTITY_CHAIN, chain);
        assertTrue(refused(one).contains("identity is not by its signer"));
        server.on(identityPath(one), otherIdentity(one), IDENTITY_CHAIN, chain);
        assertTrue(refused(one).contains("another enclave"));

        serve(one);
        server.on(pckCrlPath(one), rootCrl, CRL_CHAIN, header(crlChain(one)));
        assertTrue(refused(one).contains("is not by Intel SGX PCK Processor CA"));
        server.on(pckCrlPath(one), crl, CRL_CHAIN, chain);
        assertTrue(refused(one).contains("its signer is not Intel SGX PCK Processor CA"));
        byte[] altered = crl.clone();
        altered[crl.length - 20] ^= 1;
        server.on(pckCrlPath(one), altered, CRL_CHAIN, header(crlChain(one)));
        assertTrue(refused(one).contains("is not by Intel SGX PCK Processor CA"));

        serve(one);
        server.on(ROOT_CRL, crl);
        assertTrue(refused(one).contains("is not by Intel SGX Root CA"));
    }

    private static byte[] flipped(byte[] json, String before) {
        byte[] changed = json.clone();
        String text = new String(json, StandardCharsets.ISO_8859_1);
        int at = text.indexOf(before) + before.length();
        while (!Character.isDigit(text.charAt(at))) {
            at++;
        }
        changed[at] = (byte) (json[at] == '1' ? '2' : '1');
        return changed;
    }

    private static byte[] otherFmspc(IntelCase one) throws Exception {
        for (IntelCase other : intelCases()) {
            if (other.evidence() instanceof SgxEvidence
                    && other.signingChain.equals(one.signingChain)
                    && !tcbInfoPath(other).equals(tcbInfoPath(one))) {
                return Files.readAllBytes(other.tcbInfo);
            }
        }
        throw new AssertionError("no other platform");
    }

    private static byte[] otherIdentity(IntelCase one) throws Exception {
        for (IntelCase other : intelCases()) {
            if (other.evidence() instanceof TdxEvidence
                    && other.signingChain.equals(one.signingChain)) {
                return Files.readAllBytes(other.qeIdentity);
            }
        }
        throw new AssertionError("no other quoting enclave");
    }

    private static String amdChain() throws Exception {
        Path roots = folder().resolve("roots");
        return header(roots.resolve("amd-ask-milan.pem"))
                + header(roots.resolve("amd-ark-milan.pem"));
    }

    @Test
    void saysWhatItNeedsThatNobodyPublishes() throws Exception {
        var quote =
                new SgxEvidence(bytes(folder().resolve("sgx/neg-fortanix-certtype3.quote.bin")));

        var failure = assertThrows(CouldNotCheckException.class, () -> fetch(quote, NONE));

        assertTrue(String.valueOf(failure.getMessage()).contains("no PCK certificate"));
        assertEquals(List.of(), server.asked());
    }

    private void serveAmd(String product, String crl) throws Exception {
        Path roots = folder().resolve("roots");
        String lower = product.toLowerCase(Locale.ROOT);
        server.on(
                "/vcek/v1/" + product + "/cert_chain",
                (Files.readString(roots.resolve("amd-ask-" + lower + ".pem"))
                                + Files.readString(roots.resolve("amd-ark-" + lower + ".pem")))
                        .getBytes(StandardCharsets.US_ASCII));
        server.on(
                "/vcek/v1/" + product + "/crl",
                Files.readAllBytes(folder().resolve("snp").resolve(crl)));
    }

    private SnpEvidence report(String name) throws Exception {
        return new SnpEvidence(bytes(folder().resolve("snp").resolve(name + ".report.bin")));
    }

    private Bytes vcek(String name) throws Exception {
        return bytes(folder().resolve("snp").resolve(name + ".vcek.der"));
    }

    private String vcekPath(String name, String product) throws Exception {
        AmdNeeds needs = AmdNeeds.of(report(name).report(), NONE);
        var chip =
                ChipKey.of(
                        needs.products().stream()
                                .filter(one -> one.word().equals(product))
                                .findFirst()
                                .orElseThrow(),
                        needs.report().chipId(),
                        needs.report().reportedTcb());
        return "/vcek/v1/" + product + "/" + chip.path();
    }

    @Test
    void fetchesWhatAReportNeeds() throws Exception {
        serveAmd("Genoa", "crl-amd-genoa-2024.der");
        server.on(vcekPath(GENOA_VCEK, "Genoa"), vcek(GENOA_VCEK).toArray());
        clock.set(Instant.parse("2025-08-15T00:00:00Z"));

        Fetched fetched = fetch(report(GENOA_VCEK), NONE);

        assertTrue(fetched.endorsements().all().contains(new Endorsement.X509(vcek(GENOA_VCEK))));
        assertEquals(4, fetched.endorsements().all().size());
        assertEquals(3, fetched.origins().size());
        assertTrue(
                vcekPath(GENOA_VCEK, "Genoa")
                        .matches(
                                "/vcek/v1/Genoa/[0-9a-f]{128}\\?blSPL=[0-9]{2}&teeSPL=[0-9]{2}"
                                        + "&snpSPL=[0-9]{2}&ucodeSPL=[0-9]{2,3}"));
    }

    @Test
    void findsTheProductOfAReportThatDoesNotNameOne() throws Exception {
        serveAmd("Milan", "crl-amd-milan-2025.der");
        serveAmd("Genoa", "crl-amd-genoa-2024.der");
        server.on(vcekPath("genoa-v2-oak", "Genoa"), vcek("genoa-v2-oak").toArray());
        clock.set(Instant.parse("2025-08-15T00:00:00Z"));

        Fetched fetched = fetch(report("genoa-v2-oak"), NONE);

        assertTrue(
                fetched.endorsements().all().contains(new Endorsement.X509(vcek("genoa-v2-oak"))));
        assertTrue(fetched.origins().stream().allMatch(origin -> origin.url().contains("/Genoa/")));
    }

    @Test
    void asksForNoLeafThatIsThere() throws Exception {
        serveAmd("Genoa", "crl-amd-genoa-2024.der");
        clock.set(Instant.parse("2025-08-15T00:00:00Z"));
        var present = new Endorsements(List.of(new Endorsement.X509(vcek(GENOA_VCEK))));

        assertEquals(4, fetch(report(GENOA_VCEK), present).endorsements().all().size());
        assertEquals(2, server.asked().size());
    }

    @Test
    void refusesAnotherChipsKeyAndAnotherProductsChain() throws Exception {
        serveAmd("Genoa", "crl-amd-genoa-2024.der");
        clock.set(Instant.parse("2025-08-15T00:00:00Z"));
        String path = vcekPath(GENOA_VCEK, "Genoa");

        server.on(path, vcek("genoa-v2-oak").toArray());
        assertTrue(refusedReport().contains("another chip"));
        server.on(path, vcek("milan-v2-virtee").toArray());
        assertTrue(refusedReport().contains("no VCEK by SEV-Genoa"));

        server.on(path, vcek(GENOA_VCEK).toArray());
        server.on(
                "/vcek/v1/Genoa/crl",
                bytes(folder().resolve("snp/crl-amd-milan-2025.der")).toArray());
        assertTrue(refusedReport().contains("not by ARK-Genoa"));
        server.on(
                "/vcek/v1/Genoa/cert_chain",
                (Files.readString(folder().resolve("roots/amd-ask-genoa.pem"))
                                + Files.readString(folder().resolve("roots/amd-ark-milan.pem")))
                        .getBytes(StandardCharsets.US_ASCII));
        assertTrue(refusedReport().contains("its root is not ARK-Genoa"));
        server.on(
                "/vcek/v1/Genoa/cert_chain",
                (Files.readString(folder().resolve("roots/amd-asvk-genoa.pem"))
                                + Files.readString(folder().resolve("roots/amd-ark-genoa.pem")))
                        .getBytes(StandardCharsets.US_ASCII));
        assertTrue(refusedReport().contains("its signer is not SEV-Genoa"));
    }

    private String refusedReport() {
        return String.valueOf(
                assertThrows(CouldNotCheckException.class, () -> fetch(report(GENOA_VCEK), NONE))
                        .getMessage());
    }
}
