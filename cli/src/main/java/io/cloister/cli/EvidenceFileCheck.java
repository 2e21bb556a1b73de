package io.cloister.cli;

import io.cloister.attestation.appraisal.AttestationCheck;
import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.attestation.appraisal.Expectation;
import io.cloister.attestation.appraisal.Narrowing;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.TlsKeyBinding;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.VerifiedEvidence;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.client.endorsement.EndorsementSource;
import io.cloister.client.endorsement.Fetched;
import io.cloister.client.endorsement.Refresh;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Verifies Evidence that lies in a file and, when it is said what it must be bound to, appraises
/// it.
///
/// @param verifier decides what is authentic
/// @param policy demands
/// @param options of the command line
record EvidenceFileCheck(
        World world,
        Screen screen,
        Verifier verifier,
        Policies.Chosen policy,
        EvidenceFileOptions options) {
    private static final int REPORT_DATA_DIGITS = 128;

    /// A check that may find Endorsements missing.
    @FunctionalInterface
    private interface Check {
        Exit make(EvidenceFile evidence, Instant instant)
                throws CouldNotCheckException, MalformedException, CommandException;
    }

    /// @param source asked if Endorsements are missing
    Exit check(EvidenceFile read, Optional<? extends EndorsementSource> source)
            throws MalformedException, CommandException, IOException, InterruptedException {
        Instant instant =
                ReceiptCommand.instant(options.at)
                        .orElseGet(() ->
                                Instant.ofEpochSecond(world.clock().instant().getEpochSecond()));
        EvidenceFile evidence =
                options.endorsements.isEmpty()
                        ? read
                        : read.with(EvidenceFile.endorsements(world.path(options.endorsements)));
        if (options.authenticOnly && !options.reportData.isEmpty()) {
            throw new CommandException(
                    Exit.USAGE, "--authentic-only compares nothing, so not --report-data either");
        }
        requireAllowed(read);
        Check check =
                options.authenticOnly || (options.reportData.isEmpty() && read.cosmian().isEmpty())
                        ? this::verify
                        : this::appraise;
        try {
            return check.make(
                    source.isEmpty() ? evidence : completed(evidence, instant, source.get()),
                    instant);
        } catch (CouldNotCheckException e) {
            return couldNotCheck(e, instant);
        }
    }

    /// With all that was found: what is missing, and what holds as far as that goes.
    private Exit couldNotCheck(CouldNotCheckException reason, Instant instant) {
        String error = "could not check; nothing was accepted: " + reason.getMessage();
        String hint =
                reason.findings().isEmpty()
                        ? "try again when the service answers"
                        : "fetch what is missing with: cloister evidence fetch-endorsements";
        if (screen.isJson()) {
            screen.json(
                    Json.object()
                            .put("error", error)
                            .put("hint", hint)
                            .put("exit", Exit.COULD_NOT_CHECK.code())
                            .put("result", "could-not-check")
                            .put("instant", instant.toString())
                            .put(
                                    "findings",
                                    reason.findings().stream().map(Finding::toJson).toList())
                            .build());
            return Exit.COULD_NOT_CHECK;
        }
        Screen.error(world.err(), error, hint);
        for (Finding finding : reason.findings()) {
            if (finding.code() != FindingCode.ENDORSEMENTS_PRESENT) {
                screen.note(EvidenceCommand.line(finding));
            }
        }
        return Exit.COULD_NOT_CHECK;
    }

    /// Nobody takes an enclave of the Cosmian dialect for one that participants agreed on.
    private void requireAllowed(EvidenceFile read) throws CommandException {
        if (read.cosmian().isEmpty()) {
            if (!options.ownKey.isEmpty() || !options.ownSeat.isEmpty()) {
                throw new CommandException(
                        Exit.USAGE,
                        "--own-key and --own-seat go with an enclave of the Cosmian dialect");
            }
            return;
        }
        if (options.authenticOnly) {
            throw new CommandException(
                    Exit.USAGE,
                    "Evidence that is merely authentic could be any other enclave's, so not"
                            + " --authentic-only with an enclave of the Cosmian dialect");
        }
        if (options.ownKey.isEmpty() != options.ownSeat.isEmpty()) {
            throw new CommandException(Exit.USAGE, "--own-key and --own-seat go together");
        }
        if (!options.allowCosmian) {
            throw new CommandException(
                    Exit.NOT_ACCEPTABLE,
                    "this is an enclave of the Cosmian dialect: who takes part, with which keys and"
                            + " which code, is the server's word",
                    "to verify it all the same, say --allow-cosmian-dialect");
        }
        if (!options.reportData.isEmpty()) {
            throw new CommandException(
                    Exit.USAGE,
                    "its identity says what the Evidence must be bound to, so not --report-data"
                            + " either");
        }
    }

    /// With what is missing; and with today's, unless somebody asks for another day: what is there
    /// may be valid still and say nothing of what was revoked since. A source that does not answer
    /// leaves unchecked what would pass without it, or with what was kept of it of another day.
    private EvidenceFile completed(EvidenceFile evidence, Instant instant, EndorsementSource source)
            throws CouldNotCheckException, MalformedException, InterruptedException {
        boolean refused = false;
        try {
            Verification now =
                    verifier.verify(evidence.evidence(), evidence.endorsements(), instant);
            if (!options.at.isEmpty() || !Refresh.mayChange(now)) {
                return evidence;
            }
            refused = now instanceof Verification.NotAuthentic;
        } catch (CouldNotCheckException _) {
            // The source may have what is missing.
        }
        try {
            Fetched fetched = source.fetch(evidence.evidence(), evidence.endorsements());
            EvidenceFile whole = evidence.with(fetched);
            if (options.at.isEmpty() && !isRefused(whole, instant)) {
                fetched.requireAnswered();
            }
            return whole;
        } catch (CouldNotCheckException e) {
            if (refused) {
                return evidence;
            }
            throw e;
        }
    }

    private boolean isRefused(EvidenceFile evidence, Instant instant)
            throws CouldNotCheckException, MalformedException {
        return verifier.verify(evidence.evidence(), evidence.endorsements(), instant)
                instanceof Verification.NotAuthentic;
    }

    private Exit verify(EvidenceFile evidence, Instant instant)
            throws CouldNotCheckException, MalformedException, CommandException {
        Verification verification =
                verifier.verify(evidence.evidence(), evidence.endorsements(), instant);
        return switch (verification) {
            case Verification.NotAuthentic(var findings) -> {
                screen.json(result("not-authentic", evidence, instant, findings));
                yield refused("not authentic", findings, Exit.NOT_AUTHENTIC);
            }
            case Verification.Authentic(var verified) -> authentic(verified, evidence, instant);
        };
    }

    private Exit authentic(VerifiedEvidence verified, EvidenceFile file, Instant instant)
            throws CommandException {
        if (!options.authenticOnly) {
            throw new CommandException(
                    Exit.COULD_NOT_CHECK,
                    "it is authentic, and can't be appraised: nobody says what it must be bound to",
                    "say it with --report-data HEX, or ask for --authentic-only");
        }
        screen.line("Authentic as of " + instant + ", not appraised:");
        EvidenceNote.show(screen, verified.kind().word());
        Bytes reportData = verified.claims().reportData();
        List<Finding> findings = new ArrayList<>(verified.findings());
        Optional<Finding> tlsKey = tlsKey(file, reportData);
        tlsKey.ifPresent(findings::add);
        findings.forEach(finding -> screen.line(EvidenceCommand.line(finding)));
        screen.field("measurement", verified.claims().measurementText());
        screen.field("report data", reportData.hex());
        screen.field("valid until", verified.claims().validUntil());
        Origins.show(screen, file.origins());
        screen.json(result("authentic", file, instant, findings));
        if (tlsKey.isPresent() && tlsKey.get().outcome() != Outcome.MET) {
            Screen.error(
                    world.err(),
                    "the Evidence is authentic, but could be about another key than that of the"
                            + " certificate around it: "
                            + tlsKey.get().sentence(),
                    "compare the report data by the rule of whoever made the certificate");
            return Exit.COULD_NOT_CHECK;
        }
        return Exit.OK;
    }

    /// Whether the certificate around Evidence is for the key that the Evidence is about.
    private static Optional<Finding> tlsKey(EvidenceFile file, Bytes reportData) {
        return file.tlsKey().length() == 0
                ? Optional.empty()
                : Optional.of(TlsKeyBinding.check(file.tlsKey(), reportData));
    }

    private static Json result(
            String word, EvidenceFile evidence, Instant instant, List<Finding> findings) {
        return Json.object()
                .put("result", word)
                .put("instant", instant.toString())
                .put("findings", findings.stream().map(Finding::toJson).toList())
                .put(Origins.MEMBER, Origins.json(evidence.origins()))
                .build();
    }

    private Exit appraise(EvidenceFile evidence, Instant instant)
            throws CouldNotCheckException, MalformedException, CommandException {
        Expectation expected = expected(evidence);
        AttestationResult result =
                AttestationCheck.check(
                        verifier,
                        new EvidenceBundle(evidence.evidence(), evidence.endorsements()),
                        policy.policy(),
                        expected,
                        instant);
        if (evidence.cosmian().isPresent()) {
            return new CosmianEnclaveReport(screen, world, instant, evidence.origins())
                    .report(
                            evidence.cosmian().get(),
                            CosmianOwnSeat.of(options.ownKey, options.ownSeat),
                            result,
                            policy.source(),
                            this::refused);
        }
        Optional<Finding> tlsKey = tlsKey(evidence, expected.reportData());
        screen.json(
                Origins.beside(
                        tlsKey.isEmpty()
                                ? result.toJson()
                                : Json.object()
                                        .put("attestation", result.toJson())
                                        .put("tlsKey", tlsKey.get().toJson())
                                        .build(),
                        evidence.origins()));
        return switch (result) {
            case AttestationResult.Affirmed affirmed -> {
                screen.line(
                        "Authentic and acceptable as of "
                                + instant
                                + ", by the policy from "
                                + policy.source()
                                + ":");
                EvidenceNote.show(screen, affirmed.kind().word());
                affirmed.findings().forEach(finding -> screen.line(EvidenceCommand.line(finding)));
                tlsKey.ifPresent(finding -> screen.line(EvidenceCommand.line(finding)));
                screen.field("measurement", affirmed.claims().measurementText());
                Origins.show(screen, evidence.origins());
                yield Exit.OK;
            }
            case AttestationResult.Refused refused -> refused(refused);
        };
    }

    private Expectation expected(EvidenceFile evidence)
            throws MalformedException, CommandException {
        if (evidence.cosmian().isPresent()) {
            return Expectation.of(evidence.cosmian().get().identity(), new Narrowing.None());
        }
        if (options.reportData.length() != REPORT_DATA_DIGITS) {
            throw new CommandException(
                    Exit.USAGE, "--report-data: expected 128 hexadecimal digits");
        }
        return new Expectation(Bytes.fromHex(options.reportData, "--report-data"));
    }

    private Exit refused(AttestationResult.Refused refused) {
        return switch (refused.stage()) {
            case PARSE -> refused("malformed", refused.findings(), Exit.MALFORMED);
            case VERIFY -> refused("not authentic", refused.findings(), Exit.NOT_AUTHENTIC);
            case APPRAISE -> refused("not acceptable", refused.findings(), Exit.NOT_ACCEPTABLE);
        };
    }

    private Exit refused(String how, List<Finding> findings, Exit exit) {
        Screen.error(world.err(), how, "");
        for (Finding finding : findings) {
            if (finding.outcome() == Outcome.NOT_MET) {
                screen.note(EvidenceCommand.line(finding));
                if (!finding.expected().isEmpty()) {
                    screen.note("      expected " + finding.expected());
                }
                if (!finding.actual().isEmpty()) {
                    screen.note("      got      " + finding.actual());
                }
            }
        }
        return exit;
    }
}
