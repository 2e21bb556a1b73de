package io.cloister.client.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// What an agent published of itself, as the server passes it on.
///
/// @param identity canonical bytes of the identity
/// @param evidence canonical bytes of the evidence bundle: Evidence with its Endorsements
public record Published(Bytes identity, Bytes evidence) {
    private static final int MAX_IDENTITY = 16 << 10;
    private static final int MAX_EVIDENCE = 1 << 20;

    static Published read(Json json) throws MalformedException {
        Fields fields = Fields.of(json, "enclave");
        var published =
                new Published(
                        fields.base64("identity", 1, MAX_IDENTITY),
                        fields.base64("evidence", 1, MAX_EVIDENCE));
        fields.end();
        return published;
    }
}
