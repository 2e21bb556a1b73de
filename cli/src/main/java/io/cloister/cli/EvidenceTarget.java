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
    static final String IDENTITY = "--identity";

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description =
                    "A quote, a report, an evidence bundle, or what the Cosmian client is shown of"
                            + " an enclave; told by its content. If left out, an enclave of the"
                            + " computation.")
    private String file = "";

    @Option(
            names = IDENTITY,
            paramLabel = "SHA256",
            description =
                    "Which enclave; the one that takes grants now, if left out. With a FILE of the"
                            + " Cosmian dialect: the one it must be about.")
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

    /// Holds a file to what `--identity` names, if that was given.
    void requireAbout(EvidenceFile evidence) throws MalformedException, CommandException {
        Optional<Sha256> expected = identity();
        if (expected.isEmpty()) {
            return;
        }
        Optional<Sha256> actual = evidence.cosmian().map(one -> one.identity().digest());
        if (actual.isEmpty()) {
            throw new CommandException(
                    Exit.USAGE,
                    IDENTITY + ": this file does not say which enclave it is about",
                    "say what it must be bound to with --report-data HEX");
        }
        if (!actual.equals(expected)) {
            throw new CommandException(
                    Exit.NOT_ACCEPTABLE,
                    "not acceptable: the file is about the enclave "
                            + actual.get()
                            + ", not about "
                            + expected.get());
        }
    }

    /// The enclave's identity; empty for the one that takes grants now.
    Optional<Sha256> identity() throws MalformedException {
        return identity.isEmpty()
                ? Optional.empty()
                : Optional.of(Sha256.parse(identity, IDENTITY));
    }
}
