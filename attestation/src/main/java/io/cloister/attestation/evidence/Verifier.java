package io.cloister.attestation.evidence;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;

import java.time.Instant;

/// Decides whether Evidence is authentic.
///
/// *Holds for what it accepts*: every signature from the statement up to a root among the
/// Endorsements verifies, and all of it is valid at the given instant. *Does not hold*: that root,
/// platform, measurement or report data are the right ones. Pure; no network, no clock.
public final class Verifier {
    private Verifier() {}

    /// Verifies `evidence` with `endorsements` as of `instant`.
    ///
    /// @throws CouldNotCheckException if the Endorsements for this kind of Evidence are missing
    public static Verification verify(Evidence evidence, Endorsements endorsements, Instant instant)
            throws CouldNotCheckException {
        return switch (evidence) {
            case SimulatedEvidence simulated ->
                    SimulatedVerification.verify(simulated, endorsements, instant);
        };
    }
}
