package io.cloister.attestation.evidence;

import io.cloister.attestation.finding.Finding;

import java.util.List;

/// What came of [Verifier#verifyUnlessRevoked].
public sealed interface UnlessRevoked {
    /// Nothing was left out: it is what [Verifier#verify] says.
    ///
    /// @param verification whatever came of it
    record Complete(Verification verification) implements UnlessRevoked {}

    /// All holds, and nobody knows whether a key on the way was revoked, for there is no revocation
    /// list. It is not [VerifiedEvidence], so that nothing can appraise or rely on it.
    ///
    /// @param findings of every check, with `snp-revocation-checked` among them as not checked
    record RevocationNotChecked(List<Finding> findings) implements UnlessRevoked {
        public RevocationNotChecked {
            findings = List.copyOf(findings);
        }
    }
}
