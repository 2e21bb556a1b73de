package io.cloister.agent.evidence;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.platform.PlatformExchange;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Shown;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/// Linux's configfs-tsm (kernel 6.7 and later, `Documentation/ABI/testing/configfs-tsm-report`):
/// SEV-SNP reports through `sev_guest`, TDX quotes through `tdx_guest`.
///
/// Each request makes a folder of its own and removes it. The kernel counts what is written to a
/// folder; if the count is another than what this class wrote, someone else wrote there too, and
/// the report may be about their data: it is thrown away. Safe for use by many threads.
public final class ConfigfsTsmSource implements EvidenceSource {
    /// Where reports are made.
    static final Path FOLDER = Path.of("/sys/kernel/config/tsm/report");

    private static final String SNP = "sev_guest";
    private static final String TDX = "tdx_guest";
    private static final int MAX_CERTIFICATES = 16 << 10;
    private static final int NAME_BYTES = 8;

    private final AttestationFiles files;
    private final Path folder;
    private final SecureRandom random;
    private final Retry retry;

    ConfigfsTsmSource(AttestationFiles files, Path folder, SecureRandom random, Retry retry) {
        this.files = files;
        this.folder = folder;
        this.random = random;
        this.retry = retry;
    }

    static boolean isOffered(AttestationFiles files) {
        return files.isFolder(FOLDER);
    }

    @Override
    public Bytes evidence(Bytes reportData) throws IOException {
        if (reportData.length() != PlatformExchange.REPORT_DATA_LENGTH) {
            throw new IllegalArgumentException("report data has 64 bytes");
        }
        return retry.first(() -> attempt(reportData)).canonical();
    }

    private EvidenceBundle attempt(Bytes reportData) throws IOException {
        byte[] name = new byte[NAME_BYTES];
        random.nextBytes(name);
        Path own = folder.resolve("cloister-" + HexFormat.of().formatHex(name));
        files.makeFolder(own);
        EvidenceBundle bundle;
        try {
            bundle = report(new Attributes(files, own), reportData);
        } catch (IOException e) {
            try {
                files.removeFolder(own);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
        files.removeFolder(own);
        return bundle;
    }

    private static EvidenceBundle report(Attributes report, Bytes reportData) throws IOException {
        String provider = report.text("provider");
        long generation = report.number("generation");
        if (provider.equals(SNP) && report.has("privlevel_floor")) {
            // The most privileged level this guest may name is the one it runs at.
            report.writeText("privlevel", Long.toString(report.number("privlevel_floor")));
            generation++;
        }
        report.write("inblob", reportData);
        generation++;
        requireGeneration(report, generation);
        EvidenceBundle bundle = bundle(provider, report);
        requireGeneration(report, generation);
        return bundle;
    }

    private static EvidenceBundle bundle(String provider, Attributes report) throws IOException {
        return switch (provider) {
            case SNP ->
                    new EvidenceBundle(
                            new SnpEvidence(outblob(report, SnpEvidence.MAX_LENGTH)),
                            LocalEndorsements.ofCertificateTable(certificates(report)));
            case TDX ->
                    new EvidenceBundle(
                            new TdxEvidence(outblob(report, TdxEvidence.MAX_LENGTH)),
                            Endorsements.none());
            default ->
                    throw new UnusableException(
                            "configfs-tsm is provided by " + Shown.bounded(provider));
        };
    }

    private static Bytes outblob(Attributes report, int max) throws IOException {
        Bytes content = report.read("outblob", max);
        if (content.length() == 0) {
            throw new IOException("outblob is empty");
        }
        return content;
    }

    private static Bytes certificates(Attributes report) throws IOException {
        return report.has("auxblob") ? report.read("auxblob", MAX_CERTIFICATES) : Bytes.utf8("");
    }

    private static void requireGeneration(Attributes report, long expected) throws IOException {
        long actual = report.number("generation");
        if (actual != expected) {
            throw new IOException(
                    "someone else wrote to the report: generation "
                            + actual
                            + " instead of "
                            + expected);
        }
    }
}
