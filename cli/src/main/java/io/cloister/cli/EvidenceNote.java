package io.cloister.cli;

import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.client.ClientException;
import io.cloister.client.GrantRecord;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerProblemException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Receipt;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// What every screen that shows an enclave says of the kind of its Evidence: a line for people if
/// it is simulated, and in `--json` always the member [#MEMBER].
final class EvidenceNote {
    /// The member of `--json`: the kind's word, as in `simulated`, or `unknown`.
    static final String MEMBER = "evidenceKind";

    private static final String UNKNOWN = "unknown";

    private EvidenceNote() {}

    /// Says it if `kind` is simulated.
    static void show(Screen screen, String kind) {
        show(screen, List.of(kind));
    }

    /// Says it once if one of `kinds` is simulated.
    static void show(Screen screen, Collection<String> kinds) {
        if (kinds.contains(EvidenceKind.SIMULATED.word())) {
            screen.line("! " + SimulatedEvidence.WARNING);
        }
    }

    /// The kind of an enclave that a grant was made to; appraised then.
    static String kind(GrantRecord grant) {
        return ofMeasurement(grant.measurement());
    }

    /// The kind in a measurement's text, `kind:hex`.
    static String ofMeasurement(String measurement) {
        int colon = measurement.indexOf(':');
        return colon < 0 ? UNKNOWN : measurement.substring(0, colon);
    }

    /// The kind a receipt carries; whether the Evidence verifies is another matter.
    static String kind(Receipt receipt) {
        try {
            return EvidenceBundle.read(receipt.evidence(), "receipt.evidence")
                    .evidence()
                    .kind()
                    .word();
        } catch (MalformedException | UnknownKindException _) {
            return UNKNOWN;
        }
    }

    /// The kind of an enclave the server names: as appraised if it was granted to, else what its
    /// Evidence says of itself, not verified.
    static String kind(Seat seat, Sha256 identity)
            throws ClientException, ServerException, InterruptedException {
        for (GrantRecord grant : seat.grants()) {
            if (grant.identity().equals(identity)) {
                return kind(grant);
            }
        }
        try {
            return seat.approval()
                    .evidence(Optional.of(identity))
                    .evidence()
                    .evidence()
                    .kind()
                    .word();
        } catch (RefusedException | ServerProblemException _) {
            return UNKNOWN;
        }
    }
}
