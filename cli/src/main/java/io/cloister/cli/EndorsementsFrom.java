package io.cloister.cli;

import io.cloister.client.endorsement.VendorEndorsements;
import io.cloister.protocol.MalformedException;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.Optional;
import java.util.Set;

/// `--endorsements-from`.
final class EndorsementsFrom {
    static final Set<String> NAMES = Set.of("--endorsements-from", "--cache", "--tcb");

    @Option(
            names = "--endorsements-from",
            paramLabel = "pcs|URL",
            description =
                    "Where to fetch what the Evidence came without: pcs for Intel's and AMD's own"
                        + " services, or the address of one that answers in their place. If left"
                        + " out, nobody is asked, and such Evidence can't be checked.")
    private String from = "";

    @Mixin private final FetchOptions options = new FetchOptions();

    /// Closed by the caller.
    Optional<VendorEndorsements> source(World world) throws CommandException, MalformedException {
        return from.isEmpty()
                ? Optional.empty()
                : Optional.of(options.source(from, "--endorsements-from", world));
    }
}
