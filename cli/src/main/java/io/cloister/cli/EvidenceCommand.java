package io.cloister.cli;

import io.cloister.attestation.finding.Finding;
import io.cloister.client.ClientException;
import io.cloister.client.EnclaveReport;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.Optional;

/// `evidence`.
@CommandLine.Command(
        name = "evidence",
        description = "What an enclave proves of itself.",
        subcommands = {EvidenceCommand.Show.class, EvidenceCommand.Verify.class})
final class EvidenceCommand extends Group {
    /// `evidence show`.
    @CommandLine.Command(
            name = "show",
            description = "Show an enclave's identity and Evidence as the server passes them on.")
    static final class Show extends SeatCommand {
        @Option(
                names = "--identity",
                paramLabel = "SHA256",
                description = "Which enclave; the one that takes grants now, if left out.")
        private String identity = "";

        Show(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        RefusedException,
                        MalformedException,
                        InterruptedException {
            EnclaveReport report = seat.approval().evidence(parse(identity));
            screen().line("Not verified; verify it with: cloister evidence verify");
            screen().field("identity", report.identity().digest());
            screen().field("agreement", report.identity().agreement());
            screen().field(
                            "recipient",
                            report.identity().recipient().value().substring(0, 40) + "...");
            screen().field("signing key", report.identity().signingKey());
            screen().field("isolation", report.identity().isolation());
            screen().field("kind", report.evidence().evidence().kind());
            screen().json(
                            Json.object()
                                    .put("verified", false)
                                    .put("identity", report.identity().digest().toString())
                                    .put("evidence", report.evidence().toJson())
                                    .build());
            return Exit.OK;
        }
    }

    /// `evidence verify`.
    @CommandLine.Command(
            name = "verify",
            description =
                    "Verify an enclave's Evidence and appraise it by your own policy, without"
                            + " granting anything.")
    static final class Verify extends SeatCommand {
        @Option(
                names = "--identity",
                paramLabel = "SHA256",
                description = "Which enclave; the one that takes grants now, if left out.")
        private String identity = "";

        @Mixin private final PolicyOption policy = new PolicyOption();

        Verify(World world) {
            super(world);
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
            Policies.Chosen chosen = new Policies(home(), world()).choose(policy.name);
            var attestation =
                    seat.approval().verifyEvidence(parse(identity), chosen.policy()).orThrow();
            screen().line("Verified here, by the policy from " + chosen.source() + ":");
            if (!attestation.kind().isHardware()) {
                screen().line("! SIMULATED enclave: it protects nothing from the operator.");
            }
            for (Finding finding : attestation.findings()) {
                screen().line(
                                "  "
                                        + finding.outcome().word()
                                        + "  "
                                        + finding.code()
                                        + ": "
                                        + finding.sentence());
            }
            screen().field("measurement", attestation.claims().measurementText());
            screen().json(attestation.toJson());
            return Exit.OK;
        }
    }

    private static Optional<Sha256> parse(String identity) throws MalformedException {
        return identity.isEmpty()
                ? Optional.empty()
                : Optional.of(Sha256.parse(identity, "--identity"));
    }
}
