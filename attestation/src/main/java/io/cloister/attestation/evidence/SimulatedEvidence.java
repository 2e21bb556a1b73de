package io.cloister.attestation.evidence;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// Evidence of a simulated platform (spec/evidence.md §4): a statement about an enclave, and the
/// certificate of the key that signed it.
///
/// @param certificate a [PlatformCertificate], signed by the installation's root
/// @param statement a [SimulatedStatement], signed by the certified platform key
public record SimulatedEvidence(Envelope certificate, Envelope statement) implements Evidence {
    /// What every screen, receipt and log says of it.
    public static final String WARNING = "simulated: protects nothing from the operator";

    @Override
    public EvidenceKind kind() {
        return EvidenceKind.SIMULATED;
    }

    @Override
    public Json toJson() {
        return Json.object()
                .put("kind", kind().word())
                .put("certificate", certificate.toJson())
                .put("statement", statement.toJson())
                .build();
    }

    static SimulatedEvidence readFields(Fields fields) throws MalformedException {
        var evidence =
                new SimulatedEvidence(
                        Envelope.read(fields.any("certificate"), fields.path("certificate")),
                        Envelope.read(fields.any("statement"), fields.path("statement")));
        fields.end();
        return evidence;
    }
}
