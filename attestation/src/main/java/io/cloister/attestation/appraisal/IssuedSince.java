package io.cloister.attestation.appraisal;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.intel.SignedCollateral;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.RevocationList;
import io.cloister.protocol.MalformedException;

import java.time.Instant;

/// Whether Endorsements hold something that was issued after another of them had expired. Whoever
/// put them together could have had the successor of that one, too: a revocation or a lower TCB
/// status that came since may have been left out.
final class IssuedSince {
    private IssuedSince() {}

    static boolean any(Endorsements endorsements, Instant instant) throws MalformedException {
        for (Endorsement endorsement : endorsements.all()) {
            if (issued(endorsement).isAfter(instant)) {
                return true;
            }
        }
        return false;
    }

    private static Instant issued(Endorsement endorsement) throws MalformedException {
        return switch (endorsement) {
            case Endorsement.SimulatedRoot _ -> Instant.MIN;
            case Endorsement.X509(var der) -> Certificate.parse(der, "certificate").notBefore();
            case Endorsement.Crl(var der) -> RevocationList.parse(der, "crl").thisUpdate();
            case Endorsement.TcbInfo(var answer) ->
                    SignedCollateral.tcbInfo(answer).document().issueDate();
            case Endorsement.QeIdentity(var answer) ->
                    SignedCollateral.qeIdentity(answer).document().issueDate();
        };
    }
}
