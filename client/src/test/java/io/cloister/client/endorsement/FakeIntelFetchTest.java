package io.cloister.client.endorsement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.testkit.EcTestKey;
import io.cloister.attestation.testkit.FakeCertificate;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.client.endorsement.Origin.How;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.math.BigInteger;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Fetches from a server that answers as a fake Intel's service does: what it says is used if it
/// chains to the root that is trusted, and altering any one part of it ends that.
class FakeIntelFetchTest {
    private static final String TCB = "/certification/v4/tcb?fmspc=00806f050000&";
    private static final String IDENTITY = "/certification/v4/qe/identity?";
    private static final String PCK_CRL = "/sgx/certification/v4/pckcrl?ca=platform&encoding=der";
    private static final String ROOT_CRL = "/sgx/certification/v4/rootcacrl";

    private final CollateralServer server = new CollateralServer();
    private final SettableClock clock = new SettableClock(FakeIntel.NOW);
    private int caches;
    private Endorsements present = Endorsements.none();

    @TempDir private Path folder;

    @AfterEach
    void stop() {
        server.close();
    }

    private static Evidence evidence(FakeIntel intel) {
        Bytes quote = intel.quote().bytes();
        return switch (intel.quote().kind()) {
            case SGX -> new SgxEvidence(quote);
            case TDX -> new TdxEvidence(quote);
        };
    }

    private static String part(FakeIntel intel) {
        return switch (intel.quote().kind()) {
            case SGX -> "/sgx";
            case TDX -> "/tdx";
        };
    }

    private static String header(FakeCertificate... chain) {
        var pem = new StringBuilder();
        for (FakeCertificate one : chain) {
            pem.append(one.pem());
        }
        return URLEncoder.encode(pem.toString(), StandardCharsets.US_ASCII).replace("+", "%20");
    }

    private void serve(FakeIntel intel) {
        serve(intel, "update=standard");
    }

    private void serve(FakeIntel intel, String selection) {
        String signing = header(intel.tcbSigner(), intel.root());
        server.on(
                part(intel) + TCB + selection,
                intel.tcbInfoAnswer().toArray(),
                "TCB-Info-Issuer-Chain",
                signing);
        server.on(
                part(intel) + IDENTITY + selection,
                intel.qeIdentityAnswer().toArray(),
                "SGX-Enclave-Identity-Issuer-Chain",
                signing);
        server.on(
                PCK_CRL,
                intel.pckCrl().der().toArray(),
                "SGX-PCK-CRL-Issuer-Chain",
                header(intel.authority(), intel.root()));
        server.on(ROOT_CRL, intel.rootCrl().der().toArray());
    }

    private Fetched fetch(FakeIntel intel, Path cache) throws Exception {
        return fetch(intel, cache, TcbSelection.standard());
    }

    private Fetched fetch(FakeIntel intel, Path cache, TcbSelection selection) throws Exception {
        try (var source =
                new VendorEndorsements(
                        VendorServices.at(server.base(), "source"),
                        selection,
                        new EndorsementCache(cache),
                        FakeIntel.sgx().roots(),
                        SignatureChecks.ofPlatform(),
                        clock,
                        Duration.ofSeconds(20))) {
            return source.fetch(evidence(intel), present);
        }
    }

    private Fetched fetch(FakeIntel intel) throws Exception {
        return fetch(intel, folder.resolve("c" + caches++));
    }

    /// Serves `lying` in the place of the honest one.
    private void refused(FakeIntel lying, String reason) {
        serve(lying);
        String message =
                String.valueOf(
                        assertThrows(CouldNotCheckException.class, () -> fetch(FakeIntel.sgx()))
                                .getMessage());
        assertTrue(message.contains(reason), message);
    }

    @Test
    void whatItFetchesVerifiesTheQuote() throws Exception {
        for (FakeIntel intel :
                List.of(FakeIntel.sgx(), FakeIntel.sgx(5), FakeIntel.tdx(), FakeIntel.tdx15())) {
            serve(intel);

            Fetched fetched = fetch(intel);

            assertInstanceOf(
                    Verification.Authentic.class,
                    new Verifier(intel.roots(), SignatureChecks.ofPlatform())
                            .verify(evidence(intel), fetched.endorsements(), FakeIntel.NOW));
            assertEquals(7, fetched.endorsements().all().size());
        }
    }

    @Test
    void takesRevocationListsInEachFormInWhichServicesSendThem() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        Bytes list = intel.rootCrl().der();
        for (String form :
                new String[] {
                    list.hex(),
                    "-----BEGIN X509 CRL-----\n" + list.base64() + "\n-----END X509 CRL-----\n"
                }) {
            serve(intel);
            server.on(ROOT_CRL, form.getBytes(StandardCharsets.US_ASCII));

            assertTrue(fetch(intel).endorsements().all().contains(new Endorsement.Crl(list)), form);
        }
    }

    @Test
    void refusesEachPartThatAServiceLiesAbout() throws Exception {
        EcTestKey stranger = EcTestKey.named("stranger");
        FakeIntel lying = FakeIntel.sgx();
        lying.tcbSigner().signedWith(stranger);
        refused(lying, "its signer's certificate is not by Intel SGX Root CA");

        lying = FakeIntel.sgx();
        lying.root().key(stranger).signedWith(stranger);
        refused(lying, "its root is not Intel SGX Root CA");

        lying = FakeIntel.sgx();
        lying.tcbSigner().key(stranger);
        server.on(
                "/sgx" + TCB + "update=standard",
                FakeIntel.sgx().tcbInfoAnswer().toArray(),
                "TCB-Info-Issuer-Chain",
                header(lying.tcbSigner(), lying.root()));
        String message =
                String.valueOf(
                        assertThrows(CouldNotCheckException.class, () -> fetch(FakeIntel.sgx()))
                                .getMessage());
        assertTrue(message.contains("TCB info is not by its signer"), message);

        lying = FakeIntel.sgx();
        lying.tcbInfo().replace("\"fmspc\":\"00806f050000\"", "\"fmspc\":\"00806f050001\"");
        refused(lying, "other platforms");

        lying = FakeIntel.sgx();
        lying.tcbInfo().replace("\"id\":\"SGX\"", "\"id\":\"TDX\"");
        refused(lying, "TCB info");

        lying = FakeIntel.sgx();
        lying.qeIdentity().replace("\"id\":\"QE\"", "\"id\":\"QVE\"");
        refused(lying, "another enclave");

        lying = FakeIntel.sgx();
        lying.pckCrl().signedWith(stranger);
        refused(lying, "not by Intel SGX PCK Platform CA");

        lying = FakeIntel.sgx();
        lying.pckCrl().issuer("Intel SGX PCK Processor CA");
        refused(lying, "not by Intel SGX PCK Platform CA");

        lying = FakeIntel.sgx();
        lying.rootCrl().signedWith(stranger);
        refused(lying, "not by Intel SGX Root CA");
    }

    @Test
    void refusesWhatIsNotValidNow() throws Exception {
        FakeIntel stale = FakeIntel.sgx();
        stale.tcbInfo().nextUpdate(FakeIntel.NOW.minusSeconds(1));
        refused(stale, "not now");

        stale = FakeIntel.sgx();
        stale.qeIdentity().issueDate(FakeIntel.NOW.plusSeconds(1));
        refused(stale, "not now");

        stale = FakeIntel.sgx();
        stale.tcbSigner().notAfter(FakeIntel.NOW.minusSeconds(1));
        refused(stale, "not now");

        stale = FakeIntel.sgx();
        stale.rootCrl().nextUpdate(FakeIntel.NOW.minusSeconds(1));
        refused(stale, "not now");
    }

    /// TCB info of the fake Intel is of evaluation 17, its QE identity of 18.
    @Test
    void refusesAnotherEvaluationThanWasAskedFor() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.tcbInfo().evaluation(18);
        serve(intel, "tcbEvaluationDataNumber=18");
        assertEquals(7, fetch(intel, "18").endorsements().all().size());

        intel.tcbInfo().evaluation(17);
        serve(intel, "tcbEvaluationDataNumber=18");
        assertEquals("evaluation 17, and 18", another(intel, "18"));

        intel.tcbInfo().evaluation(19);
        serve(intel, "tcbEvaluationDataNumber=19");
        assertEquals("evaluation 18, and 19", another(intel, "19"));
    }

    private Fetched fetch(FakeIntel intel, String number) throws Exception {
        return fetch(
                intel, folder.resolve("c" + caches++), TcbSelection.parse(number, "selection"));
    }

    private String another(FakeIntel intel, String number) {
        String message =
                String.valueOf(
                        assertThrows(CouldNotCheckException.class, () -> fetch(intel, number))
                                .getMessage());
        return message.replaceAll(".* is of (evaluation .*) was asked for", "$1");
    }

    /// Certificates that repeat the name and the key of the right one, of another family.
    @Test
    void asksForThePlatformOfTheCertificateThatIsGenuine() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        serve(intel);
        intel.quote().certification(1, Bytes.copyOf(new byte[36]));
        FakeIntel forging = FakeIntel.sgx();
        forging.platform().fmspc(Bytes.copyOf(new byte[6]));
        forging.certify();
        forging.pck().signedWith(EcTestKey.named("stranger"));
        var all = new ArrayList<Endorsement>();
        all.add(new Endorsement.X509(Bytes.utf8("none")));
        for (int i = 0; i < 10; i++) {
            forging.pck().serial(BigInteger.valueOf(i));
            all.add(new Endorsement.X509(forging.pck().der()));
        }
        var right = new Endorsement.X509(intel.pck().der());
        all.add(right);
        all.add(new Endorsement.X509(intel.authority().der()));
        all.add(new Endorsement.X509(intel.root().der()));
        present = new Endorsements(all);

        Endorsements fetched = fetch(intel).endorsements();

        assertTrue(fetched.all().contains(right));
        assertEquals(8, fetched.all().size());
        all.removeFirst();
        assertInstanceOf(
                Verification.Authentic.class,
                new Verifier(intel.roots(), SignatureChecks.ofPlatform())
                        .verify(
                                evidence(intel),
                                new Endorsements(all).with(fetched, "endorsements"),
                                FakeIntel.NOW));
    }

    @Test
    void answersFromItsCacheUntilAPartExpires() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        serve(intel);
        Path cache = folder.resolve("cache");
        fetch(intel, cache);
        int asked = server.asked().size();

        assertTrue(
                fetch(intel, cache).origins().stream()
                        .allMatch(origin -> origin.how() == How.CACHED));
        assertEquals(asked, server.asked().size());

        clock.set(FakeIntel.NEXT.plusSeconds(1));
        assertThrows(CouldNotCheckException.class, () -> fetch(intel, cache));
    }
}
