package io.cloister.client.endorsement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.testkit.DerWriter;
import io.cloister.attestation.testkit.FakeAmd;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Fetches from a server that answers as a fake AMD's service does.
class FakeAmdFetchTest {
    private static final String CHIP = "4041424344454647";

    private final CollateralServer server = new CollateralServer();
    private final SettableClock clock = new SettableClock(FakeAmd.NOW);
    private int caches;
    private Endorsements present = Endorsements.none();

    @TempDir private Path folder;

    @AfterEach
    void stop() {
        server.close();
    }

    private void serve(FakeAmd amd, SnpProduct product, SigningKey key, String vcek) {
        String base = "/" + key.word() + "/v1/" + product.word() + "/";
        server.on(
                base + "cert_chain",
                (pem(amd.issuer().der()) + pem(amd.root().der()))
                        .getBytes(StandardCharsets.US_ASCII));
        server.on(base + "crl", amd.revocationList().der().toArray());
        if (!vcek.isEmpty()) {
            server.on(base + vcek, amd.leaf().der().toArray());
        }
    }

    private static String pem(Bytes der) {
        return "-----BEGIN CERTIFICATE-----\n" + der.base64() + "\n-----END CERTIFICATE-----\n";
    }

    private Fetched fetch(SnpEvidence evidence) throws Exception {
        try (var source =
                new VendorEndorsements(
                        VendorServices.at(server.base(), "source"),
                        TcbSelection.standard(),
                        new EndorsementCache(folder.resolve("c" + caches++)),
                        FakeAmd.roots(),
                        SignatureChecks.ofPlatform(),
                        clock,
                        Duration.ofSeconds(20))) {
            return source.fetch(evidence, present);
        }
    }

    /// Sixteen certificates that repeat the name, the key and the values of the right one.
    private static Endorsements forged(FakeAmd amd) {
        amd.leaf().signer(FakeAmd.key("ark", SnpProduct.MILAN));
        var all = new ArrayList<Endorsement>();
        for (int i = 0; i < Endorsements.MAX; i++) {
            all.add(new Endorsement.X509(amd.leaf().serial(1_000L + i).der()));
        }
        return new Endorsements(all);
    }

    @Test
    void asksForTheLeafThoughForgedOnesAreThere() throws Exception {
        for (int version : new int[] {2, 3}) {
            var amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, version);
            serve(amd, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
            present = forged(new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, version));

            Endorsements fetched = fetch(amd.evidence()).endorsements();

            assertInstanceOf(
                    Verification.Authentic.class,
                    new Verifier(FakeAmd.roots(), SignatureChecks.ofPlatform())
                            .verify(
                                    amd.evidence(),
                                    present.with(fetched, "endorsements"),
                                    FakeAmd.NOW));
        }
    }

    @Test
    void keepsTheLeafThatIsThere() throws Exception {
        var amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
        serve(amd, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
        var leaf = new Endorsement.X509(amd.leaf().der());
        present = new Endorsements(List.of(leaf));

        assertTrue(fetch(amd.evidence()).endorsements().all().contains(leaf));
        assertEquals(List.of("/vcek/v1/Milan/cert_chain", "/vcek/v1/Milan/crl"), server.asked());
    }

    private void verifies(FakeAmd amd) throws Exception {
        assertInstanceOf(
                Verification.Authentic.class,
                new Verifier(FakeAmd.roots(), SignatureChecks.ofPlatform())
                        .verify(amd.evidence(), fetch(amd.evidence()).endorsements(), FakeAmd.NOW));
    }

    private String refused(SnpEvidence evidence) {
        return String.valueOf(
                assertThrows(CouldNotCheckException.class, () -> fetch(evidence)).getMessage());
    }

    private static String milanVcek() {
        var chip = new StringBuilder();
        for (int i = 0; i < 64; i++) {
            chip.append(String.format("%02x", 0x40 + i));
        }
        return chip + "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219";
    }

    @Test
    void whatItFetchesVerifiesTheReport() throws Exception {
        for (int version : new int[] {2, 3}) {
            var amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, version);
            serve(amd, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
            verifies(amd);
        }
    }

    @Test
    void asksForTurinsShorterIdAndItsFurtherPart() throws Exception {
        var amd = new FakeAmd(SnpProduct.TURIN, SigningKey.VCEK, 5);
        serve(
                amd,
                SnpProduct.TURIN,
                SigningKey.VCEK,
                CHIP + "?fmcSPL=01&blSPL=02&teeSPL=03&snpSPL=04&ucodeSPL=72");
        verifies(amd);
    }

    /// The list that was kept is valid still, and may say nothing of what was revoked since.
    @Test
    void saysThatTheServiceDidNotAnswerThoughWhatWasKeptIsValid() throws Exception {
        var amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
        serve(amd, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
        Fetched first = fetch(amd.evidence());
        assertEquals(first, first.requireAnswered());
        for (Duration age : List.of(Duration.ofHours(23), Duration.ofDays(3))) {
            caches--;
            clock.set(FakeAmd.NOW.plus(age));
            server.on(
                    "/vcek/v1/Milan/crl",
                    exchange -> CollateralServer.send(exchange, 404, new byte[0]));
            Fetched kept = fetch(amd.evidence());
            assertEquals(first.endorsements(), kept.endorsements());
            if (age.toDays() == 0) {
                assertEquals(kept, kept.requireAnswered());
            } else {
                assertThrows(CouldNotCheckException.class, kept::requireAnswered);
            }
        }
    }

    /// As the verifier reads it.
    @Test
    void takesAChipsIdInAnOctetString() throws Exception {
        var amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
        amd.leaf().extension(FakeAmd.ARC + "4", false, DerWriter.octets(amd.chip()));
        serve(amd, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
        verifies(amd);
    }

    @Test
    void takesAVlekFromTheCertificateTable() throws Exception {
        var amd = new FakeAmd(SnpProduct.GENOA, SigningKey.VLEK, 3);
        serve(amd, SnpProduct.GENOA, SigningKey.VLEK, "");

        assertTrue(refused(amd.evidence()).contains("VLEK certificate is missing"));
        assertInstanceOf(
                Verification.Authentic.class,
                new Verifier(FakeAmd.roots(), SignatureChecks.ofPlatform())
                        .verify(amd.extended(), fetch(amd.extended()).endorsements(), FakeAmd.NOW));
        assertEquals(List.of("/vlek/v1/Genoa/cert_chain", "/vlek/v1/Genoa/crl"), server.asked());
    }

    @Test
    void refusesEachPartThatAServiceLiesAbout() throws Exception {
        var honest = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
        serve(honest, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
        fetch(honest.evidence());

        var lying = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
        lying.number("3.8", 218);
        serve(lying, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
        assertTrue(refused(honest.evidence()).contains("another chip, or another version"));

        lying = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
        lying.leaf().extension(FakeAmd.ARC + "4", false, Bytes.copyOf(new byte[64]));
        serve(lying, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
        assertTrue(refused(honest.evidence()).contains("another chip, or another version"));

        lying = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
        lying.text("2", "Genoa");
        serve(lying, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
        assertTrue(refused(honest.evidence()).contains("another chip, or another version"));

        lying = new FakeAmd(SnpProduct.GENOA, SigningKey.VCEK, 3);
        serve(lying, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
        assertTrue(refused(honest.evidence()).contains("its root is not ARK-Milan"));

        lying = new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3);
        serve(lying, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
        assertTrue(refused(honest.evidence()).contains("its signer is not SEV-Milan"));

        serve(honest, SnpProduct.MILAN, SigningKey.VCEK, milanVcek());
        server.on(
                "/vcek/v1/Milan/crl",
                new FakeAmd(SnpProduct.GENOA, SigningKey.VCEK, 3).revocationList().der().toArray());
        assertTrue(refused(honest.evidence()).contains("not by ARK-Milan"));
    }
}
