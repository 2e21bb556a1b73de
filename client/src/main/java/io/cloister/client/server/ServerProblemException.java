package io.cloister.client.server;

import io.cloister.protocol.Shown;

/// The server refused a request.
public final class ServerProblemException extends ServerException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    ServerProblemException(Problem problem) {
        super(
                "the server refuses ("
                        + Shown.bounded(problem.code())
                        + "): "
                        + Shown.escaped(problem.detail(), 400)
                        + about(problem));
        this.problem = problem;
    }

    private static String about(Problem problem) {
        var text = new StringBuilder();
        problem.field().ifPresent(field -> text.append("; field ").append(Shown.bounded(field)));
        problem.expected().ifPresent(it -> text.append(", expected ").append(Shown.bounded(it)));
        problem.actual().ifPresent(it -> text.append(", got ").append(Shown.bounded(it)));
        problem.requestId()
                .ifPresent(id -> text.append(" [request ").append(Shown.bounded(id)).append(']'));
        return text.toString();
    }

    /// What the server said.
    public Problem problem() {
        return problem;
    }

    /// Whether the server said `code`.
    public boolean is(String code) {
        return problem.code().equals(code);
    }
}
