package io.cloister.server;

import io.cloister.protocol.Dialect;
import io.javalin.http.HandlerType;

import java.util.Set;

/// One operation, of `spec/openapi.yaml` or of the Cosmian dialect: where it is, who may call it,
/// how long its body may be, what it does.
///
/// @param operation its `operationId`
/// @param method how
/// @param path below the interface's base, such as `/api/v1`
/// @param allowed who may call it: whoever passes as one of these
/// @param maxBody longest body in bytes; 0 for none
/// @param dialects of what computations, if it is about one
/// @param action what it does
record Route(
        String operation,
        HandlerType method,
        String path,
        Set<Access> allowed,
        long maxBody,
        Set<Dialect> dialects,
        Action action) {
    Route {
        allowed = Set.copyOf(allowed);
        dialects = Set.copyOf(dialects);
    }

    /// What an operation does with a request that was let in.
    @FunctionalInterface
    interface Action {
        void run(Call call) throws Exception;
    }

    /// Whether it is about one computation, so that its path says which.
    boolean ofComputation() {
        return path.startsWith("/computations/{id}");
    }
}
