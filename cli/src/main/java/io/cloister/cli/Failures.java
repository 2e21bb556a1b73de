package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.Finding;
import io.cloister.client.RefusedException;
import io.cloister.client.server.BadAnswerException;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerProblemException;
import io.cloister.client.server.UnreachableException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;

/// Turns what went wrong into `error:` and `hint:` lines and an exit code.
final class Failures {
    private final World world;
    private final boolean json;

    Failures(World world, boolean json) {
        this.world = world;
        this.json = json;
    }

    Exit report(Exception failure) {
        return switch (failure) {
            case RefusedException refused -> refused(refused);
            case CommandException command -> say(command.exit(), text(command), command.hint());
            case ClientException client -> say(exit(client.kind()), text(client), client.hint());
            case ServerException server -> server(server);
            case MalformedException malformed -> say(Exit.MALFORMED, text(malformed), "");
            case InterruptedException _ -> say(Exit.CANCELLED, "interrupted", "");
            case IOException io ->
                    say(Exit.LOCAL, io.getClass().getSimpleName() + ": " + io.getMessage(), "");
            default -> bug(failure);
        };
    }

    private Exit refused(RefusedException refused) {
        Exit exit = exit(refused.kind());
        Screen screen = new Screen(world, json);
        screen.json(
                Json.object()
                        .put("refused", true)
                        .put("findings", refused.findings().stream().map(Finding::toJson).toList())
                        .build());
        Screen.error(
                world.err(),
                exit == Exit.COULD_NOT_CHECK
                        ? "could not check; nothing was accepted"
                        : "refused; " + refused.findings().size() + " check(s) did not pass",
                "");
        screen.findings(refused.findings());
        return exit;
    }

    private Exit server(ServerException failure) {
        return switch (failure) {
            case ServerProblemException problem -> say(exit(problem), text(problem), hint(problem));
            case UnreachableException unreachable ->
                    say(
                            Exit.UNREACHABLE,
                            text(unreachable),
                            "is the server running, and its address right?");
            case BadAnswerException bad -> say(Exit.UNREACHABLE, text(bad), "");
        };
    }

    private static Exit exit(ServerProblemException problem) {
        int status = problem.problem().status();
        return switch (status) {
            case 404 -> Exit.NOT_FOUND;
            case 409 -> Exit.STATE;
            default -> status >= 500 ? Exit.UNREACHABLE : Exit.DENIED;
        };
    }

    private static String hint(ServerProblemException problem) {
        return switch (problem.problem().code()) {
            case "unauthenticated", "token-expired" ->
                    "log in again, or ask the owner for another invitation";
            case "enrolment-refused" ->
                    "the invitation was used or revoked; ask the owner for another";
            case "quota-exceeded" ->
                    "`cloister computation archive` makes room; only the operator can raise a"
                            + " quota";
            case "storage-full" -> "only the operator can make room; then do the same again";
            case "too-many-requests" -> "end other commands that wait, or try again later";
            default -> "";
        };
    }

    static Exit exit(Finding.Kind kind) {
        return switch (kind) {
            case MALFORMED -> Exit.MALFORMED;
            case NOT_AUTHENTIC -> Exit.NOT_AUTHENTIC;
            case NOT_ACCEPTABLE -> Exit.NOT_ACCEPTABLE;
            case COULD_NOT_CHECK -> Exit.COULD_NOT_CHECK;
        };
    }

    private static Exit exit(ClientException.Kind kind) {
        return switch (kind) {
            case USAGE -> Exit.USAGE;
            case NOT_FOUND -> Exit.NOT_FOUND;
            case STATE -> Exit.STATE;
            case TIMEOUT -> Exit.TIMEOUT;
            case LOCAL -> Exit.LOCAL;
        };
    }

    private Exit say(Exit exit, String message, String hint) {
        new Screen(world, json)
                .json(
                        Json.object()
                                .put("error", message)
                                .put("hint", hint)
                                .put("exit", exit.code())
                                .build());
        Screen.error(world.err(), message, hint);
        return exit;
    }

    private static String text(Exception failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }

    private Exit bug(Exception failure) {
        var trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        Screen screen = new Screen(world, json);
        trace.toString().replace("\t", "    ").lines().forEach(screen::note);
        return say(Exit.BUG, "this is a defect of Cloister", "report it with the lines above");
    }
}
