package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.GrantRecord;
import io.cloister.client.Seat;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Option;

import java.util.List;

/// `decline` and `withdraw`.
final class LeaveCommands {
    private LeaveCommands() {}

    /// `decline`.
    @CommandLine.Command(name = "decline", description = "Say that you won't take part, and why.")
    static final class Decline extends SeatCommand {
        @Option(
                names = "--reason",
                required = true,
                paramLabel = "TEXT",
                description = "Everyone sees it.")
        private String reason = "";

        Decline(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat) throws ClientException, ServerException, InterruptedException {
            List<GrantRecord> grants = seat.grants();
            Said.Computation said = seat.decline(reason);
            screen().line("Declined.");
            report(screen(), grants, said);
            return Exit.OK;
        }
    }

    /// `withdraw`.
    @CommandLine.Command(
            name = "withdraw",
            description =
                    "Leave: the server is told to delete your ciphertexts and to stop the enclave.")
    static final class Withdraw extends SeatCommand {
        @Option(
                names = "--reason",
                required = true,
                paramLabel = "TEXT",
                description = "Everyone sees it.")
        private String reason = "";

        Withdraw(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat) throws ClientException, ServerException, InterruptedException {
            List<GrantRecord> grants = seat.grants();
            Said.Computation said = seat.withdraw(reason);
            screen().line(
                            "Withdrawn. The server says it deleted your ciphertexts and stopped the"
                                    + " enclave.");
            report(screen(), grants, said);
            return Exit.OK;
        }
    }

    /// What leaving does not undo.
    private static void report(Screen screen, List<GrantRecord> grants, Said.Computation said) {
        long runs = grants.stream().mapToLong(GrantRecord::runs).sum();
        if (runs > 0) {
            screen.line(
                    "What you granted can't be taken back: a dishonest operator who kept your"
                            + " ciphertexts can still have up to "
                            + runs
                            + " run(s) made of them in "
                            + grants.size()
                            + " enclave(s), each until its grant ends.");
        }
        screen.json(
                Json.object()
                        .put("grantsThatRemain", grants.stream().map(Status::json).toList())
                        .put("serverSays", Status.json(said))
                        .build());
    }
}
