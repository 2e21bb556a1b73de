package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.ExtendedReport;
import io.cloister.attestation.amd.SnpCpu;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.UnlessRevoked;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verification.Authentic;
import io.cloister.attestation.evidence.Verification.NotAuthentic;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.pki.Pem;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Real SEV-SNP reports under AMD's own roots (see [CapturedEvidence]): verdict and every claim.
class CapturedSnpTest {
    private static final String PARSE_ONLY = "parse only (no certificate)";
    private static final JsonLimits LIMITS = new JsonLimits(1 << 20, 16, 10_000);

    private final Verifier verifier = Verifier.standard();

    @TestFactory
    Stream<DynamicTest> cases() throws IOException, MalformedException {
        return all().stream()
                .map(Case::new)
                .map(one -> DynamicTest.dynamicTest(one.id(), () -> check(one)));
    }

    @Test
    void anotherChipsCertificateFailsForThatReason()
            throws IOException, MalformedException, CouldNotCheckException {
        Case good = named("milan-v2-virtee");
        Case other = named("milan-v2-azure-coco");
        assertEquals(
                List.of("snp-report-signature", "snp-chip-id"),
                codes(verifier.verify(good.evidence(), other.endorsements(""), good.instant())));
    }

    @Test
    void certificatesOfNobodyAreRefused()
            throws IOException, MalformedException, CouldNotCheckException {
        Case good = named("milan-v2-azure-coco");
        for (String name : List.of("neg-vcek-invalid-legacy", "neg-vcek-invalid-new")) {
            List<String> codes =
                    codes(
                            verifier.verify(
                                    good.evidence(),
                                    good.endorsements("snp/" + name + ".der"),
                                    good.instant()));
            assertTrue(
                    codes.containsAll(
                            List.of("snp-report-signature", "snp-chip-id", "snp-chain-signature")),
                    () -> name + codes);
        }
    }

    @Test
    void reportInsideAContainerIsTheReport() throws IOException, MalformedException {
        Bytes blob = read("snp/genoa-v3-azure-openpcc.hcl.bin");
        assertEquals(
                read("snp/genoa-v3-azure-openpcc.report.bin"), blob.slice(32, SnpReport.LENGTH));
        SnpReport report = SnpReport.parse(blob.slice(32, SnpReport.LENGTH));
        assertEquals(3, report.version());
    }

    @Test
    void reportWithItsTableNeedsOnlyTheRevocationList()
            throws IOException, MalformedException, CouldNotCheckException {
        Case gcp = named("milan-v2-gcp-cosmian");
        Verification verification =
                verifier.verify(
                        new SnpEvidence(read(gcp.fields().string("report", 1, 100))),
                        new Endorsements(
                                List.of(new Endorsement.Crl(read("snp/crl-amd-milan-2025.der")))),
                        gcp.instant());
        assertInstanceOf(Authentic.class, verification, () -> codes(verification).toString());
    }

    private void check(Case one) throws IOException, MalformedException, CouldNotCheckException {
        SnpReport report = ExtendedReport.parse(one.evidence().report()).report();
        compare(one.expected(), report);
        String result = one.expected().string("result", 1, 100);
        if (result.equals(PARSE_ONLY)) {
            assertThrows(
                    CouldNotCheckException.class,
                    () ->
                            verifier.verify(
                                    one.evidence(), new Endorsements(List.of()), Instant.EPOCH));
            return;
        }
        if (one.has("crl")) {
            authentic(one, report);
        } else {
            // The collection has no list of that time. All else holds, and so does all but its
            // date with a later one.
            assertThrows(
                    CouldNotCheckException.class,
                    () -> verifier.verify(one.evidence(), one.endorsements(""), one.instant()));
            assertInstanceOf(
                    UnlessRevoked.RevocationNotChecked.class,
                    verifier.verifyUnlessRevoked(
                            one.evidence(), one.endorsements(""), one.instant()));
            var all = new ArrayList<>(one.endorsements("").all());
            all.add(new Endorsement.Crl(read("snp/crl-amd-milan-2025.der")));
            assertEquals(
                    List.of("snp-crl-current"),
                    codes(verifier.verify(one.evidence(), new Endorsements(all), one.instant())));
        }
    }

    private void authentic(Case one, SnpReport report)
            throws IOException, MalformedException, CouldNotCheckException {
        Verification verification =
                verifier.verify(one.evidence(), one.endorsements(""), one.instant());
        var authentic =
                assertInstanceOf(
                        Authentic.class, verification, () -> codes(verification).toString());
        var claims = assertInstanceOf(Claims.Snp.class, authentic.evidence().claims());
        assertEquals(report, claims.report());
        assertEquals(one.expected().bool("debug"), claims.report().policy().debugAllowed());
        Instant end = Instant.parse(leafEnd(one));
        assertTrue(!claims.validUntil().isAfter(end));
    }

    private static String leafEnd(Case one) throws MalformedException {
        return one.fields().texts("leafValid", 2, (text, _) -> text).getLast();
    }

    private static void compare(Fields expected, SnpReport report) throws MalformedException {
        assertEquals(expected.integer("version", 0, 9), report.version());
        assertEquals(expected.integer("guest_svn", 0, 1L << 32), report.guestSvn());
        assertEquals(expected.string("policy", 1, 20), report.policy().toString());
        assertEquals(
                expected.string("abi", 1, 20),
                report.policy().abiMajor() + "." + report.policy().abiMinor());
        assertEquals(expected.bool("debug"), report.policy().debugAllowed());
        assertEquals(expected.bool("smt"), report.policy().smtAllowed());
        assertEquals(expected.bool("migrate_ma"), report.policy().migrationAgentAllowed());
        assertEquals(expected.integer("vmpl", 0, 3), report.vmpl());
        assertEquals(expected.string("signing_key", 1, 9), report.signingKey().name());
        assertEquals(expected.integer("mask_chip", 0, 1), report.chipKeyMasked() ? 1 : 0);
        assertEquals(expected.integer("author_key_en", 0, 1), report.authorKeyPresent() ? 1 : 0);
        assertEquals(expected.string("platform_info", 1, 20), report.platformInfo().toString());
        assertEquals(expected.string("measurement", 96, 96), report.measurement().hex());
        assertEquals(expected.string("report_data", 128, 128), report.reportData().hex());
        assertEquals(expected.string("host_data", 64, 64), report.hostData().hex());
        assertEquals(expected.string("id_key_digest", 96, 96), report.idKeyDigest().hex());
        assertEquals(expected.string("author_key_digest", 96, 96), report.authorKeyDigest().hex());
        assertEquals(expected.string("report_id", 64, 64), report.reportId().hex());
        assertEquals(expected.string("chip_id", 128, 128), report.chipId().hex());
        SnpCpu cpu = report.cpu().orElse(new SnpCpu(0, 0, 0));
        assertEquals(
                expected.string("cpuid", 6, 6),
                String.format("%02x%02x%02x", cpu.family(), cpu.model(), cpu.stepping()));
        assertEquals(expected.string("current_tcb", 16, 16), report.currentTcb().toString());
        assertEquals(expected.string("reported_tcb", 16, 16), report.reportedTcb().toString());
        assertEquals(expected.string("committed_tcb", 16, 16), report.committedTcb().toString());
        assertEquals(expected.string("launch_tcb", 16, 16), report.launchTcb().toString());
    }

    private static List<String> codes(Verification verification) {
        return verification instanceof NotAuthentic(var findings)
                ? findings.stream()
                        .filter(finding -> finding.outcome() == Finding.Outcome.NOT_MET)
                        .map(finding -> finding.code().code())
                        .toList()
                : List.of();
    }

    private static Case named(String id) throws IOException, MalformedException {
        for (Fields fields : all()) {
            Case one = new Case(fields);
            if (one.id().equals(id)) {
                return one;
            }
        }
        throw new AssertionError("no case " + id);
    }

    private static List<Fields> all() throws IOException, MalformedException {
        Path file = CapturedEvidence.folder().resolve("cases-snp-nitro-vtpm.json");
        return Fields.of(Json.parse(Files.readAllBytes(file), LIMITS, "cases"), "cases")
                .list("snp", 100, Fields::of);
    }

    private static Bytes read(String name) throws IOException {
        return Bytes.copyOf(Files.readAllBytes(CapturedEvidence.folder().resolve(name)));
    }

    /// One case of the collection.
    private record Case(Fields fields) {
        String id() {
            try {
                return fields.string("id", 1, 80);
            } catch (MalformedException e) {
                throw new AssertionError(e);
            }
        }

        Fields expected() throws MalformedException {
            return fields.object("expect");
        }

        boolean has(String name) throws MalformedException {
            return fields.has(name) && !fields.any(name).equals(new Json.Null());
        }

        Instant instant() throws MalformedException {
            return Instant.parse(fields.string("time", 1, 40));
        }

        SnpEvidence evidence() throws IOException, MalformedException {
            Bytes file = read(fields.string("report", 1, 100));
            int offset = (int) fields.integer("reportOffset", 0, file.length());
            return new SnpEvidence(file.slice(offset, SnpReport.LENGTH));
        }

        /// Its own, or with another leaf.
        Endorsements endorsements(String leaf) throws IOException, MalformedException {
            var all = new ArrayList<Endorsement>();
            all.add(
                    new Endorsement.X509(
                            read(leaf.isEmpty() ? fields.string("leaf", 1, 100) : leaf)));
            for (String name : List.of("intermediate", "root")) {
                all.add(
                        new Endorsement.X509(
                                Pem.blocks(read(fields.string(name, 1, 100)), "CERTIFICATE", name)
                                        .getFirst()));
            }
            if (has("crl")) {
                all.add(new Endorsement.Crl(read(fields.string("crl", 1, 100))));
            }
            return new Endorsements(all);
        }
    }
}
