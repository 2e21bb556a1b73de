package io.cloister.agent.evidence;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.platform.PlatformExchange;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Shown;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/// Gramine's `/dev/attestation`: SGX quotes. Report data is one file of the whole process, so
/// requests wait for each other. Safe for use by many threads.
public final class GramineSource implements EvidenceSource {
    /// Where Gramine offers attestation.
    static final Path FOLDER = Path.of("/dev/attestation");

    private static final String TYPE = "attestation_type";
    private static final String DATA = "user_report_data";

    private final Attributes attributes;
    private final Retry retry;
    private final ReentrantLock lock = new ReentrantLock();

    GramineSource(AttestationFiles files, Path folder, Retry retry) {
        this.attributes = new Attributes(files, folder);
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
        lock.lock();
        try {
            return retry.first(() -> attempt(reportData)).canonical();
        } finally {
            lock.unlock();
        }
    }

    private EvidenceBundle attempt(Bytes reportData) throws IOException {
        String type = attributes.text(TYPE);
        if (!type.equals("dcap")) {
            throw new UnusableException(
                    "Gramine's attestation is " + Shown.bounded(type) + ", not dcap");
        }
        attributes.write(DATA, reportData);
        Bytes written = attributes.read(DATA, PlatformExchange.REPORT_DATA_LENGTH);
        if (!written.equals(reportData)) {
            throw new IOException("Gramine keeps other report data than was written");
        }
        Bytes quote = attributes.read("quote", SgxEvidence.MAX_LENGTH);
        if (quote.length() == 0) {
            throw new IOException("Gramine's quote is empty");
        }
        return new EvidenceBundle(new SgxEvidence(quote), Endorsements.none());
    }
}
