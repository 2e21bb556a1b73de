package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.finding.FindingCode;

/// Claims that [#policy] accepts as they are; a test alters one field of them.
abstract class AppraisalCase {
    /// As they are now.
    abstract Claims claims();

    /// The strict policy that accepts them unaltered.
    abstract HardwarePolicy policy();

    final void accepts(HardwarePolicy policy, FindingCode... relaxed) {
        Appraised.of(claims(), policy).accepts(relaxed);
    }

    final void refuses(HardwarePolicy policy, FindingCode... codes) {
        Appraised.of(claims(), policy).refuses(codes);
    }

    /// What is altered is refused, and accepted once the policy allows it by name.
    final void isRelaxedBy(Relaxation relaxation, FindingCode code) {
        refuses(policy(), code);
        accepts(policy().allow(relaxation, "a test"), code);
    }
}
