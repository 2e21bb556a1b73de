package io.cloister.attestation.evidence;

import io.cloister.protocol.Bytes;

/// Evidence found in bytes of unknown form. Nothing of it is verified.
///
/// @param evidence what was found
/// @param form how it lay there
/// @param tlsKey the SubjectPublicKeyInfo of the certificate around it; empty without one. Whether
///   the Evidence's report data is about this key is for whoever relies on it to compare
public record RecognisedEvidence(Evidence evidence, EvidenceForm form, Bytes tlsKey) {
    RecognisedEvidence(Evidence evidence, EvidenceForm form) {
        this(evidence, form, Bytes.copyOf(new byte[0]));
    }
}
