package io.cloister.cli;

import io.cloister.attestation.endorsement.EndorsementBundle;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.client.RefusedException;
import io.cloister.client.endorsement.Fetched;
import io.cloister.client.endorsement.VendorEndorsements;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// `evidence fetch-endorsements`.
@CommandLine.Command(
        name = "fetch-endorsements",
        description =
                "Fetch what is needed to verify a piece of Evidence from Intel or AMD, and write it"
                        + " to a file with which it can be verified offline.")
final class EvidenceFetchCommand extends Command {
    @Parameters(
            paramLabel = "FILE",
            description = "A quote, a report, or what else carries Evidence; told by its content.")
    private String file = "";

    @Option(
            names = "--source",
            defaultValue = "pcs",
            paramLabel = "URL",
            description =
                    "A service that answers in the vendors' place, such as a PCCS. It needs no"
                            + " trust. Default: pcs, the vendors' own.")
    private String source = "pcs";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Default: FILE.endorsements.json. Must not exist.")
    private String output = "";

    @Mixin private final FetchOptions options = new FetchOptions();

    EvidenceFetchCommand(World world) {
        super(world);
    }

    @Override
    Exit run()
            throws MalformedException,
                    CommandException,
                    RefusedException,
                    IOException,
                    InterruptedException {
        EvidenceFile evidence = EvidenceFile.read(world().path(file));
        Path target = world().path(output.isEmpty() ? file + ".endorsements.json" : output);
        if (Files.exists(target)) {
            throw exists(target);
        }
        Fetched fetched = fetch(evidence);
        var bundle = new EndorsementBundle(fetched.endorsements());
        try {
            Files.write(target, bundle.canonical().toArray(), StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException _) {
            throw exists(target);
        }
        report(fetched, target);
        return Exit.OK;
    }

    private Fetched fetch(EvidenceFile evidence)
            throws CommandException, MalformedException, InterruptedException {
        try (VendorEndorsements vendors = options.source(source, "--source", world())) {
            return vendors.fetch(evidence.evidence(), evidence.endorsements());
        } catch (CouldNotCheckException e) {
            throw new CommandException(Exit.COULD_NOT_CHECK, String.valueOf(e.getMessage()));
        }
    }

    private static CommandException exists(Path target) {
        return new CommandException(Exit.LOCAL, target + " exists", "name another with --output");
    }

    private void report(Fetched fetched, Path target) {
        Origins.show(screen(), fetched.origins());
        screen().line(
                        "Wrote "
                                + fetched.endorsements().all().size()
                                + " endorsements to "
                                + target
                                + ".");
        screen().json(
                        Json.object()
                                .put("file", target.toString())
                                .put("endorsements", fetched.endorsements().all().size())
                                .put(Origins.MEMBER, Origins.json(fetched.origins()))
                                .build());
    }
}
