package io.cloister.client;

import io.cloister.client.server.Endpoint;
import io.cloister.client.server.ServerUrl;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// An account at a server, as it was logged in to.
///
/// @param endpoint the server
/// @param email whose, as the server says
/// @param token opens it
record Account(Endpoint endpoint, Email email, String token) {
    private static final String TYPE = "application/vnd.cloister.account.v1+json";

    static String recordName(ServerUrl server) {
        return "account-" + Sha256.of(Bytes.utf8(server.value())).hex().substring(0, 16);
    }

    static Account read(Json json) throws MalformedException {
        Fields fields = Fields.of(json, "account");
        fields.constant("type", TYPE);
        var account =
                new Account(
                        new Endpoint(
                                fields.text("server", ServerUrl::parse),
                                fields.optionalText("pin", Sha256::parse)),
                        fields.text("email", Email::parse),
                        fields.string("token", 1, 256));
        fields.end();
        return account;
    }

    Json toJson() {
        return Json.object()
                .put("type", TYPE)
                .put("server", endpoint.url().value())
                .putIfPresent("pin", endpoint.pin())
                .put("email", email.value())
                .put("token", token)
                .build();
    }

    /// Without the token.
    @Override
    public String toString() {
        return "Account[" + email + " at " + endpoint.url() + "]";
    }
}
