package io.cloister.attestation.evidence;

import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// Evidence (RFC 9334 §8.1): signed claims about one enclave, read but not verified. Nothing in it
/// may be acted on before [Verifier] has seen it.
public sealed interface Evidence permits SimulatedEvidence, SgxEvidence, TdxEvidence, SnpEvidence {
    /// Of which kind.
    EvidenceKind kind();

    /// As JSON.
    Json toJson();

    /// Reads Evidence of any known kind.
    ///
    /// @throws MalformedException if its form is another, naming `path`
    /// @throws UnknownKindException if its kind is not one of [EvidenceKind]
    static Evidence read(Json json, String path) throws MalformedException, UnknownKindException {
        Fields fields = Fields.of(json, path);
        String kind = fields.string("kind", 1, 40);
        return switch (EvidenceKind.ofWord(kind)
                .orElseThrow(() -> new UnknownKindException("Evidence", kind))) {
            case SIMULATED -> SimulatedEvidence.readFields(fields);
            case SGX -> SgxEvidence.readFields(fields);
            case TDX -> TdxEvidence.readFields(fields);
            case SNP -> SnpEvidence.readFields(fields);
        };
    }
}
