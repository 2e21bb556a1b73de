package io.cloister.server;

import static io.javalin.http.HandlerType.POST;

import java.util.List;
import java.util.Set;

/// The routes of the Cosmian dialect, at the server's root, where its client looks for them.
final class CosmianRoutes {
    private static final long SMALL = 4 << 10;

    private CosmianRoutes() {}

    static List<Route> of(Control control, AccessTokens accessTokens) {
        var tokens = new CosmianTokenOperations(control, accessTokens);
        return List.of(
                new Route(
                        "cosmianToken",
                        POST,
                        "/oauth/token",
                        Set.of(Access.ANONYMOUS),
                        SMALL,
                        tokens::token));
    }
}
