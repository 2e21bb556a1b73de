package io.cloister.cli;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.client.ClientException;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;

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
                    "Write your own policy file: one for hardware to fill in, which accepts nothing"
                            + " until you do, or with --simulated one that accepts simulated"
                            + " enclaves made of your own build.")
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
        Exit run() throws ClientException, CommandException, MalformedException, IOException {
            cloister();
            Path file = home().resolve(Policies.FILE);
            if (Files.exists(file) && !force) {
                throw new CommandException(Exit.LOCAL, file + " exists", "replace it with --force");
            }
            String text =
                    simulated
                            ? new Policies(home(), world()).simulated().toJson().text() + "\n"
                            : template();
            AppraisalPolicy policy = AppraisalPolicy.parse(Bytes.utf8(text));
            Files.writeString(
                    file,
                    text,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE);
            screen().line("Wrote " + file + ", digest " + policy.digest() + ".");
            screen().line(
                            simulated
                                    ? "It accepts simulated enclaves: these protect nothing from"
                                            + " the operator."
                                    : "It accepts nothing yet: name there what you accept, then"
                                            + " check with policy show.");
            screen().json(
                            Json.object()
                                    .put("file", file.toString())
                                    .put("digest", policy.digest().toString())
                                    .build());
            return Exit.OK;
        }

        /// A strict policy for hardware, with a comment and an example for each member.
        private static String template() throws IOException {
            try (InputStream in = Init.class.getResourceAsStream("hardware-policy.jsonc")) {
                return new String(
                        Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    /// `policy show`.
    @CommandLine.Command(
            name = "show",
            description =
                    "Say in sentences what the policy that holds accepts, and where it comes from.")
    static final class Show extends Command {
        private static final int MAX_SENTENCE = 1_000;

        @Mixin private final PolicyOption policy = new PolicyOption();

        Show(World world) {
            super(world);
        }

        @Override
        Exit run() throws MalformedException, CommandException, IOException {
            Policies.Chosen chosen = new Policies(home(), world()).choose(policy.name);
            screen().field("from", chosen.source());
            screen().field("digest", chosen.policy().digest());
            List<String> sentences =
                    chosen.policy().sentences().stream()
                            .map(sentence -> Shown.escaped(sentence, MAX_SENTENCE))
                            .toList();
            sentences.forEach(screen()::line);
            screen().json(
                            Json.object()
                                    .put("from", chosen.source())
                                    .put("digest", chosen.policy().digest().toString())
                                    .put("policy", chosen.policy().toJson())
                                    .put("sentences", sentences.stream().map(Json::of).toList())
                                    .build());
            return Exit.OK;
        }
    }
}
