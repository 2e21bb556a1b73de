package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.protocol.MalformedException;

/// Where Endorsements come from that did not come with the Evidence.
///
/// **Guaranteed:** what it answers was valid, and chained to a vendor's pinned root, at the time
/// each part's [Origin] names. **Not guaranteed:** that they fit the Evidence, or hold at another
/// time; the verifier decides that as if they had come from anywhere else.
public interface EndorsementSource {
    /// What is needed to verify `evidence`. Where a service gave no usable answer, it may be what
    /// was kept of it: whoever relies on it to be today's asks for
    /// [answers][Fetched#requireAnswered].
    ///
    /// @param present what came with the Evidence: a certificate among it may say what is needed
    /// @throws MalformedException if the Evidence has not the form it must have
    /// @throws CouldNotCheckException if something can't be had now; the message says what, from
    ///   where, and why
    Fetched fetch(Evidence evidence, Endorsements present)
            throws MalformedException, CouldNotCheckException, InterruptedException;
}
