package io.cloister.server;

import static io.cloister.server.Access.ACCOUNT;
import static io.cloister.server.Access.ANONYMOUS;
import static io.cloister.server.Access.CODE_PROVIDER;
import static io.cloister.server.Access.DATA_PROVIDER;
import static io.cloister.server.Access.PARTICIPANT;
import static io.cloister.server.Access.RESULT_CONSUMER;
import static io.cloister.server.Access.SIGNER;
import static io.javalin.http.HandlerType.DELETE;
import static io.javalin.http.HandlerType.GET;
import static io.javalin.http.HandlerType.POST;

import io.cloister.protocol.Dialect;
import io.cloister.protocol.document.RuntimeRef;
import io.javalin.http.HandlerType;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The routes of the Cosmian dialect, at the server's root, where its client looks for them, and
/// who may call them.
final class CosmianRoutes {
    private static final long NO_BODY = 0;
    private static final long SMALL = 4 << 10;
    private static final long CREATION = 64 << 10;
    private static final String ONE = "/computations/{id}";

    private final List<Route> all = new ArrayList<>();

    private CosmianRoutes() {}

    static List<Route> of(
            Control control,
            EnclaveSupervisor supervisor,
            AccessTokens accessTokens,
            RuntimeRef runtime,
            CosmianRepositoryOperations repository) {
        var routes = new CosmianRoutes();
        var tokens = new CosmianTokenOperations(control, accessTokens);
        var computations = new CosmianOperations(control, supervisor, runtime);
        var keys = new CosmianKeyOperations(control, supervisor, computations);
        routes.add("cosmianToken", POST, "/oauth/token", Set.of(ANONYMOUS), SMALL, tokens::token);
        routes.computations(computations, keys);
        routes.files(
                new CosmianFileOperations(control, supervisor, computations),
                control.limits().blobBytes());
        routes.add(
                "cosmianRepository",
                POST,
                ONE + "/repository",
                Set.of(CODE_PROVIDER),
                SMALL,
                repository::repository);
        return List.copyOf(routes.all);
    }

    private void computations(CosmianOperations computations, CosmianKeyOperations keys) {
        add(
                "cosmianCreate",
                POST,
                "/computations",
                Set.of(ACCOUNT),
                CREATION,
                computations::create);
        add("cosmianList", GET, "/computations", Set.of(ACCOUNT), NO_BODY, computations::list);
        add("cosmianShow", GET, ONE, Set.of(PARTICIPANT), NO_BODY, computations::show);
        add(
                "cosmianStatus",
                GET,
                ONE + "/status",
                Set.of(PARTICIPANT),
                NO_BODY,
                computations::status);
        add(
                "cosmianRegister",
                POST,
                ONE + "/register",
                Set.of(SIGNER),
                SMALL,
                computations::register);
        add(
                "cosmianProvision",
                POST,
                ONE + "/key/provisioning",
                Set.of(SIGNER),
                SMALL,
                keys::provision);
    }

    private void files(CosmianFileOperations files, long most) {
        String code = ONE + "/code";
        String data = ONE + "/data";
        add("cosmianPutCode", POST, code, Set.of(CODE_PROVIDER), most, files::putCode);
        add("cosmianGetCode", GET, code, Set.of(PARTICIPANT), NO_BODY, files::getCode);
        add(
                "cosmianReset",
                DELETE,
                code,
                Set.of(CODE_PROVIDER, DATA_PROVIDER),
                NO_BODY,
                files::reset);
        add("cosmianPutData", POST, data, Set.of(DATA_PROVIDER), most, files::putData);
        add("cosmianResetData", DELETE, data, Set.of(DATA_PROVIDER), NO_BODY, files::resetData);
        add("cosmianDone", POST, data + "/done", Set.of(DATA_PROVIDER), NO_BODY, files::closeData);
        add(
                "cosmianResult",
                GET,
                ONE + "/results",
                Set.of(RESULT_CONSUMER),
                NO_BODY,
                files::result);
    }

    private void add(
            String operation,
            HandlerType method,
            String path,
            Set<Access> allowed,
            long maxBody,
            Route.Action action) {
        all.add(
                new Route(
                        operation,
                        method,
                        path,
                        allowed,
                        maxBody,
                        Set.of(Dialect.COSMIAN),
                        action));
    }
}
