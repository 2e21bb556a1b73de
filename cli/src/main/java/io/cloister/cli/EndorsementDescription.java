package io.cloister.cli;

import static io.cloister.cli.Described.hex;
import static io.cloister.cli.Described.time;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.intel.QeIdentity;
import io.cloister.attestation.intel.SignedCollateral;
import io.cloister.attestation.intel.TcbInfo;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.RevocationList;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.ArrayList;
import java.util.List;

/// What Endorsements say of themselves.
final class EndorsementDescription {
    private EndorsementDescription() {}

    static Json of(Endorsements endorsements) throws MalformedException {
        List<Json> all = new ArrayList<>();
        for (Endorsement one : endorsements.all()) {
            all.add(of(one));
        }
        return Json.array(all);
    }

    static Json of(Endorsement endorsement) throws MalformedException {
        return switch (endorsement) {
            case Endorsement.SimulatedRoot simulated -> simulated.toJson();
            case Endorsement.X509(var der) ->
                    certificate(Certificate.parse(der, "endorsements.certificate")).build();
            case Endorsement.Crl(var der) -> {
                RevocationList list = RevocationList.parse(der, "endorsements.crl");
                yield Json.object()
                        .put("kind", Endorsement.Crl.KIND)
                        .put("issuer", list.issuer().toString())
                        .put("thisUpdate", time(list.thisUpdate()))
                        .put("nextUpdate", time(list.nextUpdate()))
                        .build();
            }
            case Endorsement.TcbInfo(var answer) -> {
                TcbInfo info = SignedCollateral.tcbInfo(answer).document();
                yield Json.object()
                        .put("kind", Endorsement.TcbInfo.KIND)
                        .put("tee", info.kind().name())
                        .put("version", info.version())
                        .put("fmspc", hex(info.fmspc()))
                        .put("pceId", hex(info.pceId()))
                        .put("tcbEvaluationDataNumber", info.evaluationNumber())
                        .put("issueDate", time(info.issueDate()))
                        .put("nextUpdate", time(info.nextUpdate()))
                        .build();
            }
            case Endorsement.QeIdentity(var answer) -> {
                QeIdentity identity = SignedCollateral.qeIdentity(answer).document();
                yield Json.object()
                        .put("kind", Endorsement.QeIdentity.KIND)
                        .put("id", identity.id().name())
                        .put("tcbEvaluationDataNumber", identity.evaluationNumber())
                        .put("issueDate", time(identity.issueDate()))
                        .put("nextUpdate", time(identity.nextUpdate()))
                        .build();
            }
        };
    }

    static JsonObjectBuilder certificate(Certificate certificate) {
        return Json.object()
                .put("kind", Endorsement.X509.KIND)
                .put("subject", certificate.subject().toString())
                .put("issuer", certificate.issuer().toString())
                .put("serial", certificate.serial().toString(16))
                .put("notBefore", time(certificate.notBefore()))
                .put("notAfter", time(certificate.notAfter()))
                .put("publicKey", certificate.publicKeyDigest().toString());
    }
}
