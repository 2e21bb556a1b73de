package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.Cloister;
import io.cloister.client.Place;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.endorsement.VendorEndorsements;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerUrl;
import io.cloister.protocol.MalformedException;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A command about one computation.
abstract class SeatCommand extends Command {
    /// Options that say which computation.
    static final Set<String> WHICH = Set.of("--computation", "--server");

    @Option(
            names = {"-c", "--computation"},
            paramLabel = "ID",
            description =
                    "Which computation; the first digits do. Not needed if the key store has one"
                            + " only.")
    private String computation = "";

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "Which server, if two have a computation of that id.")
    private String server = "";

    SeatCommand(World world) {
        super(world);
    }

    /// Does it.
    abstract Exit run(Seat seat)
            throws ClientException,
                    ServerException,
                    RefusedException,
                    MalformedException,
                    CommandException,
                    IOException,
                    InterruptedException;

    /// An id that stands as a parameter instead of the option.
    String parameter() {
        return "";
    }

    /// Whom to ask for Endorsements that an enclave has not published; nobody if empty.
    Optional<VendorEndorsements> endorsements() throws CommandException, MalformedException {
        return Optional.empty();
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
        Optional<VendorEndorsements> source = endorsements();
        Cloister cloister = source.isPresent() ? cloister().fetchingFrom(source.get()) : cloister();
        try (Seat seat = seat(cloister)) {
            return run(seat);
        } finally {
            source.ifPresent(VendorEndorsements::close);
        }
    }

    private Seat seat(Cloister cloister)
            throws ClientException, MalformedException, CommandException {
        Optional<ServerUrl> url =
                server.isEmpty()
                        ? Optional.empty()
                        : Optional.of(ServerUrl.fromPerson(server, "--server"));
        String id = computation.isEmpty() ? parameter() : computation;
        if (!id.isEmpty()) {
            return cloister.seat(id, url);
        }
        List<Place> places = cloister.places();
        if (places.size() != 1) {
            throw new CommandException(
                    Exit.USAGE,
                    "the key store has " + places.size() + " computations",
                    "say which with --computation ID; see: cloister keys list");
        }
        return cloister.seat(places.getFirst());
    }
}
