package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.javalin.http.Context;

import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Decides who may call what: every request passes here, once, before anything of it is read. There
/// is a gate for each kind of token. Safe for use by several threads.
final class Gate {
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{16,128}");
    private static final String SCHEME = "Bearer ";

    private final Database database;
    private final Clock clock;
    private final Optional<AccessTokens> accessTokens;

    private Gate(Database database, Clock clock, Optional<AccessTokens> accessTokens) {
        this.database = database;
        this.clock = clock;
        this.accessTokens = accessTokens;
    }

    /// For the tokens of accounts and guests themselves.
    static Gate ofStoredTokens(Database database, Clock clock) {
        return new Gate(database, clock, Optional.empty());
    }

    /// For tokens that stand for one of an account, and for no other.
    static Gate ofAccessTokens(Database database, Clock clock, AccessTokens accessTokens) {
        return new Gate(database, clock, Optional.of(accessTokens));
    }

    /// Lets a request to `route` in.
    ///
    /// @throws Problem if the token opens nothing, the computation is not the caller's, or the role
    ///   is another
    Call admit(Context context, Route route, String requestId) throws Problem {
        if (route.allowed().contains(Access.ANONYMOUS)) {
            return new Call(
                    context,
                    route,
                    requestId,
                    new Caller.Anonymous(),
                    EnumSet.of(Access.ANONYMOUS),
                    Optional.empty());
        }
        Caller caller = identify(context);
        Optional<ComputationId> computation =
                route.ofComputation() ? Optional.of(computation(context)) : Optional.empty();
        Set<Access> passes =
                computation.isPresent()
                        ? inComputation(computation.get(), route, caller)
                        : outside(caller);
        if (Collections.disjoint(passes, route.allowed())) {
            throw Problem.field(403, "forbidden", "role", words(route.allowed()), words(passes));
        }
        return new Call(context, route, requestId, caller, passes, computation);
    }

    /// Whether a call that was let in would be still.
    boolean stillAdmits(Call call) {
        try {
            admit(call.context(), call.route(), call.requestId());
            return true;
        } catch (Problem _) {
            return false;
        }
    }

    private Caller identify(Context context) throws Problem {
        String header = context.header("Authorization");
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw Problem.of(
                    401, "unauthenticated", "an access token is needed: Authorization: Bearer …");
        }
        String token = header.substring(SCHEME.length()).strip();
        return accessTokens.isPresent()
                ? accountOf(accessTokens.get().read(token))
                : holderOf(token);
    }

    private Caller holderOf(String token) throws Problem {
        if (!TOKEN.matcher(token).matches()) {
            throw unknownToken();
        }
        AccountTable.Token row = open(Accounts.hash(token)).orElseThrow(Gate::unknownToken);
        return row.computation().isPresent()
                ? new Caller.Guest(row.email(), row.expires(), row.computation().get())
                : new Caller.AccountHolder(row.email(), row.expires());
    }

    private Caller accountOf(AccessTokens.Reading reading) throws Problem {
        return switch (reading) {
            case AccessTokens.Reading.Unknown() -> throw unknownToken();
            case AccessTokens.Reading.Ended(var at) -> throw ended(at);
            case AccessTokens.Reading.Valid(var claims) ->
                    open(claims.account())
                            .filter(row ->
                                    row.computation().isEmpty()
                                            && row.email().equals(claims.email()))
                            .map(row -> new Caller.AccountHolder(row.email(), claims.expires()))
                            .orElseThrow(Gate::unknownToken);
        };
    }

    /// The stored token of this hash, if there is one that has not ended.
    private Optional<AccountTable.Token> open(Sha256 hash) throws Problem {
        Optional<AccountTable.Token> found =
                database.read(handle -> AccountTable.token(handle, hash));
        if (found.isPresent() && !clock.instant().isBefore(found.get().expires())) {
            throw ended(found.get().expires());
        }
        return found;
    }

    static Problem unknownToken() {
        return Problem.of(401, "unauthenticated", "this access token opens nothing");
    }

    private static Problem ended(Instant at) {
        return Problem.of(401, "token-expired", "this access token ended at " + at);
    }

    private static Set<Access> outside(Caller caller) {
        return switch (caller) {
            case Caller.AccountHolder _ -> EnumSet.of(Access.BEARER, Access.ACCOUNT);
            case Caller.Guest _ -> EnumSet.of(Access.BEARER);
            case Caller.Anonymous _ -> EnumSet.noneOf(Access.class);
        };
    }

    private ComputationId computation(Context context) throws Problem {
        String text = context.pathParam("id");
        try {
            return accessTokens.isPresent()
                    ? CosmianIds.computation(text)
                    : ComputationId.parse(text, "id");
        } catch (MalformedException _) {
            throw Problem.notFound();
        }
    }

    /// To a stranger a computation does not exist.
    private Set<Access> inComputation(ComputationId computation, Route route, Caller caller)
            throws Problem {
        Email email =
                switch (caller) {
                    case Caller.AccountHolder(var holder, var _) -> holder;
                    case Caller.Guest(var guest, var _, var only) -> {
                        if (!only.equals(computation)) {
                            throw Problem.notFound();
                        }
                        yield guest;
                    }
                    case Caller.Anonymous() -> throw Problem.notFound();
                };
        Set<Access> passes =
                database.read(handle -> ComputationTable.roles(handle, computation, email));
        if (passes.isEmpty()) {
            throw Problem.notFound();
        }
        Dialect dialect =
                database.read(handle -> ComputationTable.head(handle, computation))
                        .orElseThrow(Problem::notFound)
                        .dialect();
        if (!route.dialects().contains(dialect)) {
            throw dialect == Dialect.COSMIAN
                    ? Problem.of(
                            409,
                            "cosmian-dialect",
                            "this computation is of the Cosmian dialect: nothing in it is signed,"
                                    + " and it goes on through the client of that dialect only")
                    : Problem.notFound();
        }
        return passes;
    }

    private static String words(Set<Access> access) {
        return String.join(" or ", access.stream().sorted().map(Access::word).toList());
    }
}
