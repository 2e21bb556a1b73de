package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.invite.Invitation;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.stream.Collectors;

/// `join`.
@CommandLine.Command(
        name = "join",
        description =
                "Join a computation: check the proposal against the invitation, make your keys,"
                        + " register your card.")
final class JoinCommand extends Command {
    @Parameters(
            arity = "0..1",
            paramLabel = "INVITATION",
            description =
                    "As the owner gave it to you; from standard input if left out, which keeps it"
                            + " out of the shell's history.")
    private String invitation = "";

    JoinCommand(World world) {
        super(world);
    }

    @Override
    Exit run()
            throws ClientException,
                    ServerException,
                    RefusedException,
                    MalformedException,
                    CommandException,
                    IOException,
                    InterruptedException {
        if (invitation.isEmpty() && world().terminal()) {
            screen().ask("Invitation:");
        }
        Invitation parsed = Invitation.parse(invitation.isEmpty() ? readLine() : invitation);
        try (Seat seat = cloister().join(parsed)) {
            Signed<Proposal> proposal = seat.proposal();
            String roles =
                    proposal.document().roster().roles(parsed.email()).stream()
                            .map(Role::word)
                            .collect(Collectors.joining(", "));
            Screen screen = screen();
            screen.line("Joined as " + parsed.email() + ": " + roles + ".");
            screen.line("Verified here:");
            screen.field("  computation", parsed.computation());
            screen.field("  title", Shown.bounded(proposal.document().title()));
            screen.field(
                    "  owner",
                    proposal.document().owner() + ", key " + parsed.ownerKey().fingerprint());
            screen.json(
                    Json.object()
                            .put("computation", parsed.computation().toString())
                            .put("server", parsed.endpoint().url().value())
                            .put("email", parsed.email().value())
                            .put("roles", roles)
                            .put("proposal", proposal.digest().toString())
                            .build());
        }
        return Exit.OK;
    }
}
