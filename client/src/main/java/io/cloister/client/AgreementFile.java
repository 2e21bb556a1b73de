package io.cloister.client;

import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;

/// An agreement that somebody kept in a file.
public final class AgreementFile {
    private AgreementFile() {}

    /// Recomputes it from its parts. That is all its bytes can show: whether its Owner's key is the
    /// one that somebody was invited under, [Cloister#requireOwner] says.
    public static Verdict<VerifiedAgreement> verify(Envelope envelope) {
        var findings = new Findings();
        return findings.reading("agreement", () -> VerifiedAgreement.verify(envelope))
                .map(findings::verdict)
                .orElseGet(findings::refused);
    }
}
