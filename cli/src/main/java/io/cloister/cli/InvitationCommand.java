package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.OwnerDesk;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.invite.Invitation;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.List;

/// `invitation`.
@CommandLine.Command(
        name = "invitation",
        description = "Invitations of a computation you own.",
        subcommands = {InvitationCommand.Show.class, InvitationCommand.Revoke.class})
final class InvitationCommand extends Group {
    /// `invitation show`.
    @CommandLine.Command(
            name = "show",
            description = "Show everyone's invitation, or one person's.")
    static final class Show extends SeatCommand {
        @Parameters(arity = "0..1", paramLabel = "EMAIL", description = "Whose.")
        private String email = "";

        @Option(
                names = "--renew",
                description =
                        "Make another one; the one before ends, and so does what was joined with"
                                + " it.")
        private boolean renew;

        Show(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        RefusedException,
                        MalformedException,
                        CommandException,
                        InterruptedException {
            OwnerDesk owner = seat.owner();
            if (renew) {
                if (email.isEmpty()) {
                    throw new CommandException(Exit.USAGE, "--renew needs an e-mail");
                }
                owner.renew(Email.fromPerson(email, "EMAIL"));
            }
            List<OwnerDesk.Kept> kept =
                    email.isEmpty()
                            ? owner.invitations()
                            : List.of(owner.invitation(Email.fromPerson(email, "EMAIL")));
            for (OwnerDesk.Kept one : kept) {
                screen().line(one.invitation().email() + (one.revoked() ? " (revoked)" : "") + ":");
                screen().raw(one.invitation().text());
            }
            screen().json(
                            Json.object()
                                    .put(
                                            "invitations",
                                            kept.stream().map(InvitationCommand::json).toList())
                                    .build());
            return Exit.OK;
        }
    }

    /// `invitation revoke`.
    @CommandLine.Command(
            name = "revoke",
            description =
                    "Take an invitation back: what was redeemed with it ends, and a card made with"
                            + " it no longer passes.")
    static final class Revoke extends SeatCommand {
        @Parameters(paramLabel = "EMAIL", description = "Whose.")
        private String email = "";

        Revoke(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException, ServerException, MalformedException, InterruptedException {
            Email person = Email.fromPerson(email, "EMAIL");
            seat.owner().revoke(person);
            screen().line("Revoked the invitation of " + person + ".");
            screen().json(Json.object().put("revoked", person.value()).build());
            return Exit.OK;
        }
    }

    static Json json(OwnerDesk.Kept kept) {
        Invitation invitation = kept.invitation();
        return Json.object()
                .put("email", invitation.email().value())
                .put("invitation", invitation.text())
                .put("revoked", kept.revoked())
                .build();
    }
}
