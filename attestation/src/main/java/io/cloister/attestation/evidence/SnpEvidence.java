package io.cloister.attestation.evidence;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// Evidence that is an AMD SEV-SNP attestation report (spec/evidence.md §10): the bytes as the
/// platform gave them.
///
/// @param report 1 to 16384 bytes, not read yet
public record SnpEvidence(Bytes report) implements Evidence {
    /// Most bytes there may be.
    public static final int MAX_LENGTH = 16 * 1024;

    public SnpEvidence {
        if (report.length() < 1 || report.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("1 to " + MAX_LENGTH + " bytes");
        }
    }

    @Override
    public EvidenceKind kind() {
        return EvidenceKind.SNP;
    }

    @Override
    public Json toJson() {
        return Json.object().put("kind", kind().word()).put("report", report.base64()).build();
    }

    static SnpEvidence readFields(Fields fields) throws MalformedException {
        var evidence = new SnpEvidence(fields.base64("report", 1, MAX_LENGTH));
        fields.end();
        return evidence;
    }
}
