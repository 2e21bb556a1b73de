package io.cloister.cli;

import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.Finding;
import io.cloister.client.ApprovalDesk;
import io.cloister.client.ClientException;
import io.cloister.client.EnclaveReport;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.endorsement.VendorEndorsements;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/// `evidence`.
@CommandLine.Command(
        name = "evidence",
        description = "What an enclave proves of itself.",
        subcommands = {
            EvidenceCommand.Show.class,
            EvidenceCommand.Verify.class,
            EvidenceFetchCommand.class
        })
final class EvidenceCommand extends Group {
    private static final String OF_FILE = "a FILE is of no computation";

    /// `evidence show`.
    @CommandLine.Command(
            name = "show",
            description =
                    "Show every field of the Evidence in a file, or an enclave's identity and"
                            + " Evidence as the server passes them on. Nothing is verified.")
    static final class Show extends SeatCommand {
        @Mixin private final EvidenceTarget target = new EvidenceTarget();

        Show(World world) {
            super(world);
        }

        @Override
        Exit run()
                throws ClientException,
                        ServerException,
                        RefusedException,
                        MalformedException,
                        CommandException,
                        IOException,
                        InterruptedException {
            if (!target.isFile()) {
                return super.run();
            }
            requireNoneOf(Set.of(EvidenceTarget.IDENTITY), "goes with an enclave, not with a FILE");
            requireNoneOf(WHICH, OF_FILE);
            return show(target.read(world()));
        }

        private Exit show(EvidenceFile evidence) throws MalformedException {
            Json fields = EvidenceDescription.of(evidence.evidence());
            Json endorsements = EndorsementDescription.of(evidence.endorsements());
            screen().line("Not verified. " + evidence.form() + ":");
            EvidenceNote.show(screen(), evidence.evidence().kind().word());
            Described.show(fields, screen()::line);
            if (evidence.tlsKey().length() > 0) {
                screen().line("TLS key of the certificate around it, which nothing binds yet:");
                Described.show(Described.hex(evidence.tlsKey()), screen()::line);
            }
            screen().line("Endorsements that came with it:");
            Described.show(endorsements, screen()::line);
            screen().json(
                            Json.object()
                                    .put("verified", false)
                                    .put("form", evidence.form())
                                    .put("kind", evidence.evidence().kind().word())
                                    .put(EvidenceNote.MEMBER, evidence.evidence().kind().word())
                                    .put("fields", fields)
                                    .put("tlsKey", evidence.tlsKey().hex())
                                    .put("endorsements", endorsements)
                                    .build());
            return Exit.OK;
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        RefusedException,
                        MalformedException,
                        InterruptedException {
            EnclaveReport report = seat.approval().evidence(target.identity());
            screen().line("Not verified; verify it with: cloister evidence verify");
            EvidenceNote.show(screen(), report.evidence().evidence().kind().word());
            screen().field("identity", report.identity().digest());
            screen().field("agreement", report.identity().agreement());
            screen().field(
                            "recipient",
                            report.identity().recipient().value().substring(0, 40) + "...");
            screen().field("signing key", report.identity().signingKey());
            screen().field("isolation", report.identity().isolation());
            screen().field("swap", SwapNote.of(report.identity().swap()));
            screen().field("kind", report.evidence().evidence().kind());
            screen().json(
                            Json.object()
                                    .put("verified", false)
                                    .put(
                                            EvidenceNote.MEMBER,
                                            report.evidence().evidence().kind().word())
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
                    "Verify Evidence and appraise it by your own policy, without granting anything:"
                            + " that of a file, that of an enclave, or a whole file of cases.")
    static final class Verify extends SeatCommand {
        @Mixin private final EvidenceTarget target = new EvidenceTarget();

        @Option(
                names = "--cases",
                paramLabel = "FILE",
                description =
                        "Verify every case of FILE and compare what comes out with what it says"
                                + " must.")
        private String cases = "";

        @Mixin private final EvidenceFileOptions options = new EvidenceFileOptions();

        @Mixin private final PolicyOption policy = new PolicyOption();

        @Mixin private final EndorsementsFrom from = new EndorsementsFrom();

        Verify(World world) {
            super(world);
        }

        @Override
        Optional<VendorEndorsements> endorsements() throws CommandException, MalformedException {
            return from.source(world());
        }

        @Override
        Exit run()
                throws ClientException,
                        ServerException,
                        RefusedException,
                        MalformedException,
                        CommandException,
                        IOException,
                        InterruptedException {
            if (!cases.isEmpty()) {
                requireOnlyCases();
                return new EvidenceCasesReport(screen()).run(world().path(cases));
            }
            if (!target.isFile()) {
                requireNoneOf(EvidenceFileOptions.NAMES, "goes with a FILE, not with an enclave");
                return super.run();
            }
            requireNoneOf(WHICH, OF_FILE);
            EvidenceFile evidence = target.read(world());
            target.requireAbout(evidence);
            Policies.Chosen chosen = new Policies(home(), world()).choose(policy.name);
            Optional<VendorEndorsements> source = endorsements();
            try {
                return new EvidenceFileCheck(
                                world(), screen(), Verifier.standard(), chosen, options)
                        .check(evidence, source);
            } finally {
                source.ifPresent(VendorEndorsements::close);
            }
        }

        /// Each case says itself what it is verified with, and no policy appraises it.
        private void requireOnlyCases() throws CommandException {
            String why = "has no place beside --cases";
            if (target.isFile()) {
                throw new CommandException(Exit.USAGE, "FILE: " + why);
            }
            requireNoneOf(WHICH, why);
            requireNoneOf(EvidenceFileOptions.NAMES, why);
            requireNoneOf(EndorsementsFrom.NAMES, why);
            requireNoneOf(Set.of(EvidenceTarget.IDENTITY, "--policy"), why);
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
            ApprovalDesk.Vouched vouched =
                    seat.approval().verifyEvidence(target.identity(), chosen.policy()).orThrow();
            AttestationResult.Affirmed attestation = vouched.attestation();
            screen().line("Verified here, by the policy from " + chosen.source() + ":");
            EvidenceNote.show(screen(), attestation.kind().word());
            for (Finding finding : attestation.findings()) {
                screen().line(line(finding));
            }
            screen().field("measurement", attestation.claims().measurementText());
            Origins.show(screen(), vouched.origins());
            screen().json(
                            Json.object()
                                    .put(EvidenceNote.MEMBER, attestation.kind().word())
                                    .put("attestation", attestation.toJson())
                                    .put(Origins.MEMBER, Origins.json(vouched.origins()))
                                    .build());
            return Exit.OK;
        }
    }

    /// Where anything is accepted, what it is belongs to the outcome.
    static String line(Finding finding) {
        return "  "
                + finding.outcome().word()
                + "  "
                + finding.code()
                + ": "
                + finding.sentence()
                + (finding.expected().equals(Finding.ANY) ? " (" + finding.actual() + ")" : "");
    }
}
