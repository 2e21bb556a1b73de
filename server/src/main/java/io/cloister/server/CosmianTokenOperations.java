package io.cloister.server;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.io.IOException;

/// Access tokens of the Cosmian dialect, given for a token of an account, which its client calls a
/// refresh token.
final class CosmianTokenOperations {
    private final Control control;
    private final AccessTokens accessTokens;

    CosmianTokenOperations(Control control, AccessTokens accessTokens) {
        this.control = control;
        this.accessTokens = accessTokens;
    }

    void token(Call call) throws Problem, IOException, MalformedException {
        Fields body = call.fields();
        body.constant("type", "refresh_token");
        Sha256 hash = Accounts.hash(body.string("refresh_token", 1, 128));
        body.end();
        AccountTable.Token account =
                control.database()
                        .read(handle -> AccountTable.token(handle, hash))
                        .filter(token -> token.computation().isEmpty())
                        .orElseThrow(() ->
                                Problem.of(
                                        401,
                                        "unauthenticated",
                                        "this refresh token opens nothing: it must be a token of an"
                                                + " account of this server"));
        if (!control.clock().instant().isBefore(account.expires())) {
            throw Problem.of(
                    401,
                    "token-expired",
                    "this refresh token ended at " + account.expires() + "; ask for a new one");
        }
        call.answer(
                200,
                Json.object()
                        .put(
                                "access_token",
                                accessTokens.issue(account.email(), hash, account.expires()))
                        .build());
    }
}
