package io.cloister.client;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// A run whose result this client accepted: no other receipt is accepted for it.
///
/// @param identity digest of the enclave's identity
/// @param run its number there
/// @param receipt digest of the receipt
public record AcceptedRun(Sha256 identity, long run, Sha256 receipt) {
    static AcceptedRun read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var accepted =
                new AcceptedRun(
                        fields.sha256("identity"),
                        fields.integer("run", 1, 1_000_000),
                        fields.sha256("receipt"));
        fields.end();
        return accepted;
    }

    Json toJson() {
        return Json.object()
                .put("identity", identity.toString())
                .put("run", run)
                .put("receipt", receipt.toString())
                .build();
    }
}
