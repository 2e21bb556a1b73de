package io.cloister.cli;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.client.AgreementFile;
import io.cloister.client.ClientException;
import io.cloister.client.Finding;
import io.cloister.client.ReceiptCheck;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.VerifiedReceipt;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import org.jspecify.annotations.Nullable;

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
        private @Nullable Long run;

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
            long number = runNumber(run);
            Said.Run chosen =
                    seat.runs().reversed().stream()
                            .filter(one ->
                                    one.receipt().isPresent()
                                            && (number == 0 || one.run() == number))
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
            EvidenceNote.show(screen(), EvidenceNote.kind(receipt));
            describe(screen(), receipt);
            screen().json(
                            Json.object()
                                    .put("verified", false)
                                    .put(EvidenceNote.MEMBER, EvidenceNote.kind(receipt))
                                    .put("receipt", Receipt.TYPE.write(receipt))
                                    .build());
            return Exit.OK;
        }
    }

    static void describe(Screen screen, Receipt receipt) {
        screen.field("enclave", receipt.identityDigest());
        screen.field("run", receipt.run());
        screen.field("computation", receipt.computation());
        screen.field("agreement", receipt.agreement());
        ReportLines.show(screen, receipt.report());
        screen.field("started", receipt.report().startedAt() + " by the enclave's clock");
        screen.field("code", receipt.bundle());
        screen.field("packages", receipt.runtime().name() + " " + receipt.runtime().digest());
        for (BillOfMaterials.Component one : receipt.packages().packages()) {
            screen.field(
                    "package",
                    one.name()
                            + " "
                            + one.version()
                            + (one.origin() == BillOfMaterials.Origin.CODE
                                    ? " (came with the code)  "
                                    : "  ")
                            + one.wheel());
        }
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
            description = {
                "Verify receipts offline, by your own policy, and compare them with the agreement;"
                        + " several are one enclave's, from its first run on.",
                "Without --agreement they are compared with the agreement you granted under, if"
                        + " your key store has it. If there is none, the output says which lines"
                        + " are that enclave's claims only; it still ends with 0."
            })
    static final class Verify extends Command {
        @Parameters(
                arity = "1..*",
                paramLabel = "FILE",
                description = "As kept by: cloister receipt show --output")
        private List<String> files = new ArrayList<>();

        @Mixin private final PolicyOption policy = new PolicyOption();

        @Option(
                names = "--agreement",
                paramLabel = "FILE",
                description =
                        "Compare with this agreement, as kept by: cloister agreement show --output")
        private String agreement = "";

        @Option(
                names = "--at",
                paramLabel = "TIME",
                description =
                        "Appraise for this instant; default, for simulated Evidence only: when the"
                                + " run started, by the enclave's clock.")
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
        Exit run()
                throws ClientException,
                        RefusedException,
                        MalformedException,
                        CommandException,
                        IOException {
            AppraisalPolicy chosen = new Policies(home(), world()).choose(policy.name).policy();
            Optional<Instant> instant = instant(at);
            Endorsements more =
                    endorsements.isEmpty()
                            ? Endorsements.none()
                            : EvidenceFile.endorsements(world().path(endorsements));
            Optional<VerifiedAgreement> given = given();
            boolean ownerKnown = given.isPresent() && isOwnerKnown(given.get());
            List<Envelope> envelopes = new ArrayList<>();
            for (String file : files) {
                envelopes.add(Envelope.parse(read(world().path(file)), "receipt"));
            }
            List<VerifiedReceipt> receipts = new ArrayList<>();
            for (Envelope envelope : envelopes) {
                Optional<VerifiedAgreement> compared = given.isPresent() ? given : seen(envelope);
                receipts.add(
                        (compared.isPresent()
                                        ? ReceiptCheck.verifyAgainst(
                                                envelope, chosen, instant, compared.get(), more)
                                        : ReceiptCheck.verify(envelope, chosen, instant, more))
                                .orThrow());
            }
            KnownRuntimes known = KnownRuntimes.here();
            List<Compared> compared = new ArrayList<>();
            for (VerifiedReceipt receipt : receipts) {
                Optional<RuntimeLock> lock = known.lock(receipt.receipt().runtime().digest());
                if (lock.isPresent()) {
                    ReceiptCheck.comparePackages(receipt.receipt(), lock.get()).orThrow();
                }
                compared.add(new Compared(receipt, lock.isPresent()));
            }
            Chain chain = chain(receipts);
            given.ifPresent(file -> owner(file, ownerKnown));
            new ReceiptReport(screen(), given.isPresent() ? agreement : "your key store")
                    .show(
                            compared,
                            chain,
                            given.map(file ->
                                    new ReceiptReport.Owner(
                                            file.ownerKey().fingerprint(), ownerKnown)));
            return chain.gaps().isEmpty() ? Exit.OK : Exit.NOT_AUTHENTIC;
        }

        private Optional<VerifiedAgreement> given()
                throws RefusedException, MalformedException, CommandException, IOException {
            return agreement.isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            AgreementFile.verify(
                                            Envelope.parse(
                                                    read(world().path(agreement)), "agreement"))
                                    .orThrow());
        }

        /// Whether this person was invited by that Owner.
        ///
        /// @throws RefusedException if they were invited to its computation by another
        private boolean isOwnerKnown(VerifiedAgreement file)
                throws ClientException, RefusedException, CommandException {
            return KeyStore.exists(home()) && cloister().requireOwner(file);
        }

        private void owner(VerifiedAgreement file, boolean known) {
            if (known) {
                screen().line("Compared here with your invitation: the agreement's owner.");
                return;
            }
            screen().line(
                            "! Not compared: the agreement's owner, whom your key store does not"
                                + " know. Whoever made the file may have made it all up; compare"
                                + " with someone who takes part:");
            screen().field("owner's key", file.ownerKey().fingerprint());
            AgreementCommand.identify(screen(), file);
        }

        private Optional<VerifiedAgreement> seen(Envelope receipt)
                throws ClientException, MalformedException, CommandException {
            return KeyStore.exists(home())
                    ? cloister()
                            .seenAgreement(Signed.readUnverified(receipt, Receipt.TYPE).agreement())
                    : Optional.empty();
        }

        /// Whether receipts are an enclave's from its first run on, or from the one after the last
        /// that the key store knows. One alone that is neither is no chain.
        private Chain chain(List<VerifiedReceipt> receipts)
                throws ClientException, CommandException {
            VerifiedReceipt first = receipts.getFirst();
            Optional<Sha256> known =
                    first.receipt().run() > 1 && KeyStore.exists(home())
                            ? cloister()
                                    .verifiedBefore(
                                            first.identity().digest(), first.receipt().run() - 1)
                            : Optional.empty();
            if (known.isPresent()) {
                return new Chain("from-key-store", ReceiptCheck.chainAfter(known.get(), receipts));
            }
            return receipts.size() == 1 && first.receipt().run() > 1
                    ? new Chain("not-checked", List.of())
                    : new Chain("from-first-run", ReceiptCheck.chain(receipts));
        }
    }

    /// A receipt that was verified.
    ///
    /// @param lock whether its runtime's lock is here, and has the packages it names
    record Compared(VerifiedReceipt receipt, boolean lock) {}

    /// What was found of the order of receipts.
    ///
    /// @param checked `from-first-run`, `from-key-store`, or `not-checked` for a single one
    /// @param gaps what does not fit
    record Chain(String checked, List<Finding> gaps) {}

    static Optional<Instant> instant(String text) throws CommandException {
        try {
            if (text.isEmpty()) {
                return Optional.empty();
            }
            Instant instant = Instant.parse(text);
            if (instant.getEpochSecond() < 0 || instant.getEpochSecond() > Terms.MAX_INSTANT) {
                throw new CommandException(
                        Exit.USAGE, "--at: expected a time from 1970 to 9999, got " + text);
            }
            return Optional.of(instant);
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
