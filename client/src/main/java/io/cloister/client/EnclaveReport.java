package io.cloister.client;

import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.protocol.document.EnclaveIdentity;

/// What an enclave published, read and not verified.
///
/// @param identity what it says it is
/// @param evidence what vouches for that
public record EnclaveReport(EnclaveIdentity identity, EvidenceBundle evidence) {}
