package io.cloister.cli;

import io.cloister.client.endorsement.EndorsementCache;
import io.cloister.client.endorsement.TcbSelection;
import io.cloister.client.endorsement.VendorEndorsements;
import io.cloister.client.endorsement.VendorServices;
import io.cloister.protocol.MalformedException;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/// How to ask the vendors' services.
final class FetchOptions {
    @Option(
            names = "--cache",
            paramLabel = "FOLDER",
            description =
                    "Keep the services' answers here. Default: cloister/endorsements in"
                            + " $XDG_CACHE_HOME or ~/.cache.")
    private String cache = "";

    @Option(
            names = "--tcb",
            defaultValue = "standard",
            paramLabel = "WHICH",
            description =
                    "Which of Intel's TCB evaluations: standard, early, or a"
                            + " tcbEvaluationDataNumber. Default: ${DEFAULT-VALUE}.")
    private String tcb = "standard";

    /// @param from `pcs` for the vendors' own services, or the address of one that answers in their
    ///   place
    /// @param option that named it
    VendorEndorsements source(String from, String option, World world)
            throws CommandException, MalformedException {
        VendorServices services =
                from.equals("pcs") ? VendorServices.ofVendors() : VendorServices.at(from, option);
        return VendorEndorsements.of(
                services,
                TcbSelection.parse(tcb, "--tcb"),
                new EndorsementCache(folder(world)),
                world.clock());
    }

    private Path folder(World world) throws CommandException {
        if (!cache.isEmpty()) {
            return world.path(cache);
        }
        String data = world.environment().getOrDefault("XDG_CACHE_HOME", "");
        if (!data.isEmpty()) {
            return world.path(data).resolve("cloister/endorsements");
        }
        String user = world.environment().getOrDefault("HOME", "");
        if (user.isEmpty()) {
            throw new CommandException(
                    Exit.USAGE, "there is no $HOME", "say where to keep answers with --cache");
        }
        return world.path(user).resolve(".cache/cloister/endorsements");
    }
}
