package io.cloister.cli;

import io.cloister.client.Approvable;
import io.cloister.client.ApprovalDesk;
import io.cloister.client.ClientException;
import io.cloister.client.GrantRecord;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.StandingApproval;
import io.cloister.client.endorsement.VendorEndorsements;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/// `approve`.
@CommandLine.Command(
        name = "approve",
        description =
                "Check agreement and enclave by your own policy, then grant. A grant can't be"
                        + " recalled.")
final class ApproveCommand extends SeatCommand {
    private static final Duration LONGEST_STAY = Duration.ofDays(3_650);

    @Mixin private final PolicyOption policy = new PolicyOption();

    @Mixin private final EndorsementsFrom endorsements = new EndorsementsFrom();

    @Option(
            names = "--agreement",
            paramLabel = "SHA256",
            description =
                    "Approve exactly this agreement without being asked; needed where there is no"
                            + " terminal.")
    private String agreement = "";

    @Option(names = "--runs", paramLabel = "N", description = "Allow fewer runs than agreed.")
    private @Nullable Long runs;

    @Option(
            names = "--not-after",
            paramLabel = "TIME",
            description = "End earlier than agreed, as in 2026-12-01T00:00:00Z.")
    private String notAfter = "";

    @Option(
            names = "--again",
            description = "Grant once more for a computation you granted for before.")
    private boolean again;

    @Option(
            names = "--stay",
            description =
                    "Keep checking and granting to new enclaves of exactly this agreement, so that"
                            + " a restart needs nobody.")
    private boolean stay;

    @Option(
            names = "--times",
            defaultValue = "1",
            paramLabel = "N",
            description =
                    "With --stay, grants in all, each for as many runs: ${DEFAULT-VALUE}. They are"
                            + " of exactly what you confirm, inputs included.")
    private int times = 1;

    @Option(names = "--wait", paramLabel = "TIME", description = "Wait that long for an enclave.")
    private String wait = "";

    ApproveCommand(World world) {
        super(world);
    }

    @Override
    Optional<VendorEndorsements> endorsements() throws CommandException, MalformedException {
        return endorsements.source(world());
    }

    @Override
    Exit run(Seat seat)
            throws ClientException,
                    ServerException,
                    RefusedException,
                    MalformedException,
                    CommandException,
                    IOException,
                    InterruptedException {
        if (times < 1 || stay != (times > 1)) {
            throw new CommandException(
                    Exit.USAGE, "--stay needs --times of 2 or more, and --times needs --stay");
        }
        Optional<Sha256> expected =
                agreement.isEmpty()
                        ? Optional.empty()
                        : Optional.of(Sha256.parse(agreement, "--agreement"));
        if (!wait.isEmpty()) {
            awaitEnclave(seat, duration(wait, "--wait"));
        }
        ApprovalDesk.Request request = request();
        Approvable approved = seat.approval().prepare(request).orThrow();
        StandingApproval standing = seat.approval().standing(approved, request, times);
        new ApprovalScreen(screen()).show(approved, standing, seat.email());
        confirm(approved, standing, expected);
        report(standing.grant(), approved, standing);
        while (standing.left() > 0) {
            StandingApproval.Made next = standing.grantNext(LONGEST_STAY);
            report(next.grant(), next.checked(), standing);
        }
        return Exit.OK;
    }

    private static void awaitEnclave(Seat seat, Duration longest)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        seat.await(said -> said.enclave().isPresent() || said.state().equals("ended"), longest);
    }

    /// What is asked of the desk; what was given as 0 is asked as 0.
    ApprovalDesk.Request request() throws CommandException, MalformedException, IOException {
        Policies.Chosen chosen = new Policies(home(), world()).choose(policy.name);
        return new ApprovalDesk.Request(
                chosen.policy(),
                Optional.ofNullable(runs),
                notAfter.isEmpty() ? Optional.empty() : Optional.of(instant(notAfter)),
                again);
    }

    private static Instant instant(String text) throws CommandException {
        try {
            return Instant.ofEpochSecond(Instant.parse(text).getEpochSecond());
        } catch (DateTimeParseException _) {
            throw new CommandException(
                    Exit.USAGE,
                    "--not-after: expected a time such as 2026-12-01T00:00:00Z, got " + text);
        }
    }

    private void confirm(Approvable approved, StandingApproval standing, Optional<Sha256> expected)
            throws CommandException, IOException {
        Sha256 actual = approved.agreement().digest();
        if (expected.isPresent()) {
            if (!expected.get().equals(actual)) {
                throw new CommandException(
                        Exit.NOT_ACCEPTABLE,
                        "the agreement is "
                                + actual
                                + ", not the one you named: "
                                + expected.get());
            }
            return;
        }
        if (!world().terminal()) {
            throw new CommandException(
                    Exit.CANCELLED,
                    "nobody can be asked here, so nothing was granted",
                    "name the agreement you mean: --agreement " + actual);
        }
        Confirmation.require(this, false, ApprovalScreen.question(standing));
    }

    private void report(GrantRecord grant, Approvable approved, StandingApproval standing)
            throws IOException {
        EvidenceNote.show(screen(), EvidenceNote.kind(grant));
        screen().line(
                        "Approved: "
                                + grant.runs()
                                + " run(s) in enclave "
                                + grant.identity()
                                + ", not after "
                                + grant.notAfter()
                                + ".");
        screen().json(
                        Json.object()
                                .put("agreement", AgreementCommand.json(approved.agreement()))
                                .put(EvidenceNote.MEMBER, EvidenceNote.kind(grant))
                                .put("attestation", approved.attestation().toJson())
                                .put(Origins.MEMBER, Origins.json(approved.origins()))
                                .putIfPresent(
                                        AgreementCommand.RUNTIME_DOUBT,
                                        KnownRuntimes.here()
                                                .doubt(approved.agreement().proposal().runtime()))
                                .put("grant", Status.json(grant))
                                .put("possibleRuns", standing.possibleRuns())
                                .build());
    }
}
