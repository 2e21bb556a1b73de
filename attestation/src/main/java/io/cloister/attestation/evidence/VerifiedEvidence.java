package io.cloister.attestation.evidence;

import io.cloister.attestation.finding.Finding;
import io.cloister.protocol.Sha256;

import java.time.Instant;
import java.util.List;

/// Evidence that [Verifier] found authentic: its claims are those of a signer that the given
/// Endorsements vouch for. Nothing else makes one. It does not say that the claims are acceptable,
/// nor that the Endorsements are the right ones: that is appraisal. Immutable.
public final class VerifiedEvidence {
    private final Evidence evidence;
    private final Claims claims;
    private final Instant verifiedAt;
    private final List<Finding> findings;

    VerifiedEvidence(Evidence evidence, Claims claims, Instant verifiedAt, List<Finding> findings) {
        this.evidence = evidence;
        this.claims = claims;
        this.verifiedAt = verifiedAt;
        this.findings = List.copyOf(findings);
    }

    /// Of which kind.
    public EvidenceKind kind() {
        return evidence.kind();
    }

    /// What it says, authentically.
    public Claims claims() {
        return claims;
    }

    /// SHA-256 over the Evidence's canonical form, computed when asked for.
    public Sha256 digest() {
        return Sha256.of(evidence.toJson().canonical());
    }

    /// The instant it was verified for.
    public Instant verifiedAt() {
        return verifiedAt;
    }

    /// What verification established.
    public List<Finding> findings() {
        return findings;
    }

    @Override
    public String toString() {
        return "VerifiedEvidence[" + kind() + " " + digest() + "]";
    }
}
