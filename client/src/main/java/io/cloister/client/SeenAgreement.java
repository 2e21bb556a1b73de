package io.cloister.client;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.DocumentRefusedException;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// An agreement this client granted under, kept so that a later one can be compared with it and
/// receipts checked against it without a server.
///
/// @param agreement recomputed
/// @param run content of its `run.py`
record SeenAgreement(VerifiedAgreement agreement, Bytes run) {
    private static final String TYPE = "application/vnd.cloister.seen-agreement.v1+json";
    private static final int MAX_RUN = 1 << 20;

    static String recordName(Sha256 digest) {
        return "agreement-" + digest.hex();
    }

    void save(Vault vault) throws ClientException {
        vault.write(
                recordName(agreement.digest()),
                Json.object()
                        .put("type", TYPE)
                        .put("agreement", agreement.envelope().toJson())
                        .put("run", run.base64())
                        .build());
    }

    static SeenAgreement read(Json json) throws ClientException {
        try {
            Fields fields = Fields.of(json, "agreement");
            fields.constant("type", TYPE);
            var seen =
                    new SeenAgreement(
                            VerifiedAgreement.verify(
                                    Envelope.read(
                                            fields.any("agreement"), fields.path("agreement"))),
                            fields.base64("run", 0, MAX_RUN));
            fields.end();
            return seen;
        } catch (MalformedException | NotAuthenticException | DocumentRefusedException e) {
            throw ClientException.local("the key store is damaged", e);
        }
    }
}
