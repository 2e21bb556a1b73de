package io.cloister.attestation.evidence;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// Evidence that is an Intel SGX quote (spec/evidence.md §9): the bytes as the platform gave them.
///
/// @param quote 1 to 32768 bytes, not read yet
public record SgxEvidence(Bytes quote) implements Evidence {
    /// Most bytes there may be.
    public static final int MAX_LENGTH = 32 * 1024;

    public SgxEvidence {
        if (quote.length() < 1 || quote.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("1 to " + MAX_LENGTH + " bytes");
        }
    }

    @Override
    public EvidenceKind kind() {
        return EvidenceKind.SGX;
    }

    @Override
    public Json toJson() {
        return Json.object().put("kind", kind().word()).put("quote", quote.base64()).build();
    }

    static SgxEvidence readFields(Fields fields) throws MalformedException {
        var evidence = new SgxEvidence(fields.base64("quote", 1, MAX_LENGTH));
        fields.end();
        return evidence;
    }
}
