package io.cloister.cli;

import io.cloister.client.RefusedException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.Optional;

/// Which Evidence a command is about: that of a file, or that of an enclave.
final class EvidenceTarget {
    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description =
                    "A quote, a report, an evidence bundle, or what the Cosmian client is shown of"
                            + " an enclave; told by its content. If left out, an enclave of the"
                            + " computation.")
    private String file = "";

    @Option(
            names = "--identity",
            paramLabel = "SHA256",
            description = "Which enclave; the one that takes grants now, if left out.")
    private String identity = "";

    /// Whether it is that of a file.
    boolean isFile() {
        return !file.isEmpty();
    }

    /// The file's.
    EvidenceFile read(World world)
            throws MalformedException, CommandException, RefusedException, IOException {
        return EvidenceFile.read(world.path(file));
    }

    /// The enclave's identity; empty for the one that takes grants now.
    Optional<Sha256> identity() throws MalformedException {
        return identity.isEmpty()
                ? Optional.empty()
                : Optional.of(Sha256.parse(identity, "--identity"));
    }
}
