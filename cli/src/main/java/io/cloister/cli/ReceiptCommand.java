package io.cloister.cli;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.client.ClientException;
import io.cloister.client.Finding;
import io.cloister.client.ReceiptCheck;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.VerifiedReceipt;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `receipt`.
@CommandLine.Command(
        name = "receipt",
        description = "What an enclave signed about a run.",
        subcommands = {ReceiptCommand.Show.class, ReceiptCommand.Verify.class})
final class ReceiptCommand extends Group {
    private static final int MAX_FILE = 4 << 20;

    /// `receipt show`.
    @CommandLine.Command(
            name = "show",
            description = "Fetch a run's receipt, show it, and keep it in a file if asked.")
    static final class Show extends SeatCommand {
        @Option(
                names = "--run",
                paramLabel = "N",
                description = "Which run of its enclave; the newest if left out.")
        private long run;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FILE",
                description = "Keep it here; must not exist.")
        private String output = "";

        Show(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        MalformedException,
                        CommandException,
                        IOException,
                        InterruptedException {
            Said.Run chosen =
                    seat.runs().reversed().stream()
                            .filter(one ->
                                    one.receipt().isPresent() && (run == 0 || one.run() == run))
                            .findFirst()
                            .orElseThrow(() ->
                                    new CommandException(
                                            Exit.NOT_FOUND,
                                            "the server knows no such run with a receipt"));
            Envelope envelope = seat.results().receipt(chosen.identity(), chosen.run());
            if (!output.isEmpty()) {
                Files.write(
                        world().path(output),
                        envelope.toJson().canonical(),
                        StandardOpenOption.CREATE_NEW);
            }
            Receipt receipt = Signed.readUnverified(envelope, Receipt.TYPE);
            screen().line("Not verified; verify it with: cloister receipt verify");
            describe(screen(), receipt);
            screen().json(
                            Json.object()
                                    .put("verified", false)
                                    .put("receipt", Receipt.TYPE.write(receipt))
                                    .build());
            return Exit.OK;
        }
    }

    static void describe(Screen screen, Receipt receipt) {
        screen.field("computation", receipt.computation());
        screen.field("agreement", receipt.agreement());
        screen.field("enclave", receipt.identityDigest());
        screen.field("run", receipt.run());
        screen.field("outcome", receipt.report().outcome());
        receipt.report()
                .exception()
                .ifPresent(name -> screen.field("exception", Shown.bounded(name)));
        receipt.report().line().ifPresent(line -> screen.field("run.py line", line));
        screen.field("started", receipt.report().startedAt() + " by the enclave's clock");
        screen.field("code", receipt.bundle());
        for (Receipt.Input input : receipt.inputs()) {
            screen.field(
                    "input",
                    input.provider() + " " + (input.position() + 1) + "  " + input.ciphertext());
        }
        for (Receipt.Output one : receipt.outputs()) {
            screen.field("output", one.kind() + " for " + one.reader() + "  " + one.ciphertext());
        }
        receipt.previous().ifPresent(digest -> screen.field("previous", digest));
    }

    /// `receipt verify`.
    @CommandLine.Command(
            name = "verify",
            description =
                    "Verify receipts offline, by your own policy; several are one enclave's, first"
                            + " to last.")
    static final class Verify extends Command {
        @Parameters(
                arity = "1..*",
                paramLabel = "FILE",
                description = "As kept by: cloister receipt show --output")
        private List<String> files = new ArrayList<>();

        @Mixin private final PolicyOption policy = new PolicyOption();

        @Option(
                names = "--at",
                paramLabel = "TIME",
                description =
                        "Appraise for this instant; default: when the run started, by the enclave's"
                                + " clock.")
        private String at = "";

        @Option(
                names = "--endorsements",
                paramLabel = "FILE",
                description =
                        "Endorsements that the receipts don't carry, as written by: cloister"
                                + " evidence fetch-endorsements")
        private String endorsements = "";

        Verify(World world) {
            super(world);
        }

        @Override
        Exit run() throws RefusedException, MalformedException, CommandException, IOException {
            Policies.Chosen chosen = new Policies(home(), world()).choose(policy.name);
            Endorsements more =
                    endorsements.isEmpty()
                            ? Endorsements.none()
                            : EvidenceFile.endorsements(world().path(endorsements));
            List<VerifiedReceipt> receipts = new ArrayList<>();
            for (String file : files) {
                Envelope envelope = Envelope.parse(read(world().path(file)), "receipt");
                receipts.add(
                        ReceiptCheck.verify(envelope, chosen.policy(), instant(at), more)
                                .orThrow());
            }
            List<Finding> gaps = ReceiptCheck.chain(receipts);
            report(receipts, gaps);
            return gaps.isEmpty() ? Exit.OK : Exit.NOT_AUTHENTIC;
        }

        private void report(List<VerifiedReceipt> receipts, List<Finding> gaps) {
            for (VerifiedReceipt receipt : receipts) {
                screen().line(
                                "Verified here: the receipt is by this enclave. What it lists, the"
                                        + " enclave says:");
                screen().field("receipt", receipt.digest());
                if (!receipt.attestation().kind().isHardware()) {
                    screen().line("! SIMULATED enclave: it protected nothing from the operator.");
                }
                screen().field("measurement", receipt.attestation().claims().measurementText());
                describe(screen(), receipt.receipt());
            }
            if (!gaps.isEmpty()) {
                Screen.error(
                        world().err(), "these receipts are not one enclave's without a gap", "");
                screen().findings(gaps);
            }
            screen().json(
                            Json.object()
                                    .put("verified", gaps.isEmpty())
                                    .put(
                                            "receipts",
                                            receipts.stream()
                                                    .map(one ->
                                                            Json.object()
                                                                    .put(
                                                                            "digest",
                                                                            one.digest().toString())
                                                                    .put(
                                                                            "attestation",
                                                                            one.attestation()
                                                                                    .toJson())
                                                                    .put(
                                                                            "receipt",
                                                                            Receipt.TYPE.write(
                                                                                    one.receipt()))
                                                                    .build())
                                                    .toList())
                                    .put("findings", gaps.stream().map(Finding::toJson).toList())
                                    .build());
        }
    }

    static Optional<Instant> instant(String text) throws CommandException {
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
        } catch (DateTimeParseException _) {
            throw new CommandException(
                    Exit.USAGE, "--at: expected a time such as 2026-12-01T00:00:00Z, got " + text);
        }
    }

    static byte[] read(Path file) throws CommandException, IOException {
        if (!Files.isRegularFile(file)) {
            throw new CommandException(Exit.NOT_FOUND, "no file " + Shown.bounded(file.toString()));
        }
        if (Files.size(file) > MAX_FILE) {
            throw new CommandException(
                    Exit.MALFORMED, Shown.bounded(file.toString()) + " is larger than a document");
        }
        return Files.readAllBytes(file);
    }
}
