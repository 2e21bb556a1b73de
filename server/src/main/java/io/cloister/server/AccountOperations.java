package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import org.jdbi.v3.core.Handle;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// Enrolment, and what a caller is told about itself.
final class AccountOperations {
    private final Control control;

    AccountOperations(Control control) {
        this.control = control;
    }

    private record Request(
            ComputationId computation, Email email, Sha256 tokenHash, Sha256 accessHash) {}

    /// What became of an enrolment token.
    private record Redeemed(boolean isNew, Instant expires) {}

    void enrol(Call call) throws Problem, IOException, MalformedException {
        Fields body = call.fields();
        var request =
                new Request(
                        body.text("computation", ComputationId::parse),
                        body.text("email", Email::parse),
                        Accounts.hash(body.string("token", 16, 128)),
                        body.sha256("accessTokenHash"));
        body.end();
        Optional<Redeemed> redeemed = control.database().write(handle -> redeem(handle, request));
        if (redeemed.isEmpty()) {
            // One sentence for every cause: whoever guesses learns nothing.
            throw Problem.of(
                    403,
                    "enrolment-refused",
                    "this enrolment token opens nothing: it is wrong, used, revoked or too old; ask"
                            + " the owner for a new one");
        }
        call.answer(
                redeemed.get().isNew() ? 201 : 200,
                Json.object()
                        .put("computation", request.computation().toString())
                        .put("email", request.email().value())
                        .put("expires", redeemed.get().expires().toString())
                        .build());
    }

    private Optional<Redeemed> redeem(Handle handle, Request request) {
        Instant now = control.clock().instant();
        Optional<AccountTable.Enrolment> found =
                AccountTable.enrolment(handle, request.computation(), request.email())
                        .filter(enrolment ->
                                !enrolment.revoked()
                                        && enrolment
                                                .tokenHash()
                                                .equals(request.tokenHash().toString()));
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> before = found.get().accessHash();
        if (before.isPresent()) {
            return before.get().equals(request.accessHash().toString())
                    ? AccountTable.token(handle, request.accessHash())
                            .map(token -> new Redeemed(false, token.expires()))
                    : Optional.empty();
        }
        if (!now.isBefore(found.get().expires())) {
            return Optional.empty();
        }
        Instant expires = now.plus(control.limits().guestLife()).truncatedTo(ChronoUnit.SECONDS);
        boolean stored =
                AccountTable.insertToken(
                        handle,
                        request.accessHash(),
                        request.email(),
                        Optional.of(request.computation()),
                        expires,
                        now);
        if (!stored) {
            return Optional.empty();
        }
        AccountTable.redeem(handle, request.computation(), request.email(), request.accessHash());
        return Optional.of(new Redeemed(true, expires));
    }

    void me(Call call) {
        Json quota = control.database().read(handle -> quota(handle, call.email()));
        JsonObjectBuilder json = Json.object().put("email", call.email().value());
        switch (call.caller()) {
            case Caller.AccountHolder(var _, var expires) ->
                    json.put("kind", "account")
                            .put("expires", expires.toString())
                            .put("quota", quota);
            case Caller.Guest(var _, var expires, var computation) ->
                    json.put("kind", "guest")
                            .put("expires", expires.toString())
                            .put("computation", computation.toString());
            case Caller.Anonymous() -> throw new IllegalStateException("let in without a token");
        }
        call.answer(200, json.build());
    }

    private static Json quota(Handle handle, Email email) {
        Accounts.Quota quota = AccountTable.quota(handle, email).orElse(new Accounts.Quota(0, 0));
        return Json.object()
                .put("bytes", quota.bytes())
                .put("bytesUsed", AccountTable.bytesUsed(handle, email))
                .put("computations", quota.computations())
                .put("computationsUsed", AccountTable.computationsUsed(handle, email))
                .build();
    }
}
