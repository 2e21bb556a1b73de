package io.cloister.cli;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.client.ClientException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// `policy`.
@CommandLine.Command(
        name = "policy",
        description =
                "Which enclaves you accept. Only you decide that, never a server or an agreement.",
        subcommands = {PolicyCommand.Init.class, PolicyCommand.Show.class})
final class PolicyCommand extends Group {
    /// `policy init`.
    @CommandLine.Command(
            name = "init",
            description =
                    "Write your own policy file: the built-in policy, or with --simulated one that"
                            + " accepts simulated enclaves made of your own build.")
    static final class Init extends Command {
        @Option(
                names = "--simulated",
                description = "Accept simulated enclaves, which protect nothing from the operator.")
        private boolean simulated;

        @Option(names = "--force", description = "Replace the file if there is one.")
        private boolean force;

        Init(World world) {
            super(world);
        }

        @Override
        Exit run() throws ClientException, CommandException, IOException {
            cloister();
            Path file = home().resolve(Policies.FILE);
            if (Files.exists(file) && !force) {
                throw new CommandException(Exit.LOCAL, file + " exists", "replace it with --force");
            }
            AppraisalPolicy policy =
                    simulated
                            ? new Policies(home(), world()).simulated()
                            : AppraisalPolicy.builtIn();
            Files.writeString(
                    file,
                    policy.toJson().text() + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE);
            screen().line("Wrote " + file + ", digest " + policy.digest() + ".");
            if (simulated) {
                screen().line(
                                "It accepts simulated enclaves: these protect nothing from the"
                                        + " operator.");
            }
            screen().json(
                            Json.object()
                                    .put("file", file.toString())
                                    .put("digest", policy.digest().toString())
                                    .build());
            return Exit.OK;
        }
    }

    /// `policy show`.
    @CommandLine.Command(
            name = "show",
            description = "Show the policy that holds, and where it comes from.")
    static final class Show extends Command {
        @Mixin private final PolicyOption policy = new PolicyOption();

        Show(World world) {
            super(world);
        }

        @Override
        Exit run() throws MalformedException, CommandException, IOException {
            Policies.Chosen chosen = new Policies(home(), world()).choose(policy.name);
            screen().field("from", chosen.source());
            screen().field("digest", chosen.policy().digest());
            screen().line(Shown.escaped(chosen.policy().toJson().text(), 100_000));
            screen().json(
                            Json.object()
                                    .put("from", chosen.source())
                                    .put("digest", chosen.policy().digest().toString())
                                    .put("policy", chosen.policy().toJson())
                                    .build());
            return Exit.OK;
        }
    }
}
