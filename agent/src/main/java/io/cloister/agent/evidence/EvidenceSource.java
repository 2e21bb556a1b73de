package io.cloister.agent.evidence;

import io.cloister.protocol.Bytes;

import java.io.IOException;

/// What makes Evidence about the enclave this agent runs in: the platform, hardware or simulated.
public interface EvidenceSource {
    /// Evidence bound to `reportData`, with its Endorsements, as the canonical bytes of an evidence
    /// bundle (`spec/evidence.md`). The agent passes it on and need not believe it: participants
    /// verify it.
    ///
    /// @param reportData 64 bytes
    /// @throws IOException if the platform refuses or can't be reached
    Bytes evidence(Bytes reportData) throws IOException;
}
