package io.cloister.cli;

import io.cloister.attestation.amd.ExtendedReport;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.intel.Quote;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

/// Every field of a piece of Evidence, which nobody has verified.
final class EvidenceDescription {
    private EvidenceDescription() {}

    static Json of(Evidence evidence) throws MalformedException {
        return switch (evidence) {
            case SgxEvidence(var quote) -> QuoteDescription.of(Quote.parse(quote));
            case TdxEvidence(var quote) -> QuoteDescription.of(Quote.parse(quote));
            case SnpEvidence(var report) -> SnpDescription.of(ExtendedReport.parse(report));
            case SimulatedEvidence simulated -> simulated.toJson();
        };
    }
}
