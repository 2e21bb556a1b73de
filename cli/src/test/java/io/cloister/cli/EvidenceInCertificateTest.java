package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.EndorsementBundle;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.pki.Pem;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// A real report in a certificate that somebody else made: the Evidence is authentic, and about
/// another key.
class EvidenceInCertificateTest {
    private static final String CASE = "milan-v2-gcp-cosmian";

    /// 1.2.840.113741.1337.7 and the key's algorithm, both as DER.
    private static final Bytes OID = hex("06092a864886f84d8a3907");

    private static final Bytes ALGORITHM = hex("301306072a8648ce3d020106082a8648ce3d030107");

    @TempDir private Path folder;

    private static Bytes hex(String digits) {
        try {
            return Bytes.fromHex(digits, "test");
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    private static Path captured() {
        @Nullable String named = System.getProperty("cloister.evidence");
        assumeTrue(
                named != null,
                "no captured Evidence: name its folder by -Dcloister.evidence=DIR to run this");
        return Path.of(named);
    }

    private static Bytes der(int tag, Bytes... parts) {
        Bytes content = Bytes.concat(parts);
        int length = content.length();
        byte[] header =
                length < 0x80
                        ? new byte[] {(byte) tag, (byte) length}
                        : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        return Bytes.concat(Bytes.copyOf(header), content);
    }

    private static Bytes certificate(Bytes report) {
        Bytes empty = der(0x30);
        Bytes point = Bytes.concat(hex("0004"), Bytes.copyOf(new byte[64]));
        return der(
                0x30,
                der(
                        0x30,
                        der(0xa0, hex("020102")),
                        hex("020101"),
                        empty,
                        empty,
                        empty,
                        empty,
                        der(0x30, ALGORITHM, der(0x03, point)),
                        der(0xa3, der(0x30, der(0x30, OID, der(0x04, report))))),
                empty,
                hex("03020000"));
    }

    private static Fields captured(Path from) throws Exception {
        byte[] cases = Files.readAllBytes(from.resolve("cases-snp-nitro-vtpm.json"));
        Fields file = Fields.of(Json.parse(cases, new JsonLimits(8 << 20, 16, 100_000), "c"), "c");
        for (Json one : file.list("snp", 1_000, (json, path) -> json)) {
            Fields fields = Fields.of(one, "case");
            if (fields.string("id", 1, 100).equals(CASE)) {
                return fields;
            }
        }
        throw new AssertionError("no case " + CASE);
    }

    private CommandLineRun verify(String... more) throws Exception {
        Path from = captured();
        Fields one = captured(from);
        Bytes report = read(from, one, "report").slice(0, SnpReport.LENGTH);
        var endorsements =
                new Endorsements(
                        List.of(
                                new Endorsement.X509(read(from, one, "leaf")),
                                new Endorsement.X509(pem(from, one, "intermediate")),
                                new Endorsement.X509(pem(from, one, "root")),
                                new Endorsement.Crl(read(from, one, "crl"))));
        Files.write(folder.resolve("certificate.der"), certificate(report).toArray());
        Files.write(
                folder.resolve("endorsements.json"),
                new EndorsementBundle(endorsements).canonical().toArray());
        String[] given = {
            "evidence",
            "verify",
            "certificate.der",
            "--endorsements",
            "endorsements.json",
            "--at",
            one.string("time", 1, 40)
        };
        return CommandLineRun.in(
                folder,
                Stream.concat(Arrays.stream(given), Arrays.stream(more)).toArray(String[]::new));
    }

    private static Bytes read(Path from, Fields one, String name) throws Exception {
        return Bytes.copyOf(Files.readAllBytes(from.resolve(one.string(name, 1, 200))));
    }

    private static Bytes pem(Path from, Fields one, String name) throws Exception {
        return Pem.blocks(read(from, one, name), "CERTIFICATE", name).getFirst();
    }

    @Test
    void couldNotCheckWhetherItIsAboutTheCertificatesKey() throws Exception {
        CommandLineRun run = verify("--authentic-only");

        assertEquals(6, run.exit(), run.err());
        assertTrue(run.out().contains("tls-key-bound"), run.out());
        assertTrue(run.out().contains("not-checked"), run.out());
        assertTrue(run.err().contains("another key"), run.err());
    }

    @Test
    void saysSoInJsonToo() throws Exception {
        CommandLineRun run = verify("--authentic-only", "--json");

        assertTrue(run.out().contains("\"code\":\"tls-key-bound\""), run.out());
        assertTrue(run.out().contains("\"outcome\":\"not-checked\""), run.out());
    }
}
