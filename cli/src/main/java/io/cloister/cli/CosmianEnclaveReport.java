package io.cloister.cli;

import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.client.CosmianEnclave;
import io.cloister.client.endorsement.Origin;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianSetup;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/// Says what verified Evidence of an enclave of the Cosmian dialect is worth, and what remains to
/// be compared by whoever reads it.
///
/// @param instant of the check
/// @param origins where Endorsements came from that were fetched for it
record CosmianEnclaveReport(Screen screen, World world, Instant instant, List<Origin> origins) {
    CosmianEnclaveReport {
        origins = List.copyOf(origins);
    }

    /// What came of it all.
    private enum Outcome {
        ACCEPTED("accepted", Exit.OK),
        OWN_KEY_NOT_COMPARED("own-key-not-compared", Exit.COULD_NOT_CHECK),
        OWN_KEY_ELSEWHERE("own-key-elsewhere", Exit.NOT_ACCEPTABLE),
        MEASURED_OTHERWISE("measured-otherwise", Exit.NOT_ACCEPTABLE),
        EXPIRED("expired", Exit.NOT_ACCEPTABLE);

        private final String word;
        private final Exit exit;

        Outcome(String word, Exit exit) {
            this.word = word;
            this.exit = exit;
        }
    }

    /// Says it all, and in JSON once.
    ///
    /// @param own who the reader is, if the reader says so
    /// @param refused says why Evidence was refused
    Exit report(
            CosmianEnclave enclave,
            Optional<CosmianOwnSeat> own,
            AttestationResult result,
            String policy,
            Function<AttestationResult.Refused, Exit> refused) {
        return switch (result) {
            case AttestationResult.Refused no -> {
                screen.json(json(enclave, result, "evidence-refused"));
                yield refused.apply(no);
            }
            case AttestationResult.Affirmed yes -> {
                Outcome outcome = outcome(enclave, own, yes);
                screen.json(json(enclave, result, outcome.word));
                switch (outcome) {
                    case ACCEPTED, OWN_KEY_NOT_COMPARED -> affirmed(yes, enclave, policy);
                    case OWN_KEY_ELSEWHERE, MEASURED_OTHERWISE, EXPIRED -> {}
                }
                say(outcome, own);
                yield outcome.exit;
            }
        };
    }

    private Outcome outcome(
            CosmianEnclave enclave,
            Optional<CosmianOwnSeat> own,
            AttestationResult.Affirmed affirmed) {
        if (!enclave.runsAsMeasured(affirmed.claims())) {
            return Outcome.MEASURED_OTHERWISE;
        }
        if (instant.isAfter(enclave.agreement().terms().notAfter())) {
            return Outcome.EXPIRED;
        }
        return own.map(one -> one.isIn(enclave) ? Outcome.ACCEPTED : Outcome.OWN_KEY_ELSEWHERE)
                .orElse(Outcome.OWN_KEY_NOT_COMPARED);
    }

    private void say(Outcome outcome, Optional<CosmianOwnSeat> own) {
        switch (outcome) {
            case ACCEPTED ->
                    own.ifPresent(
                            one -> screen.line("Your key is at its place: " + one.seat() + "."));
            case OWN_KEY_NOT_COMPARED ->
                    Screen.error(
                            world.err(),
                            "the Evidence is acceptable, and your own key was not compared: whoever"
                                    + " takes your place would not be found",
                            "give it with --own-key HEX --own-seat EMAIL/ROLE");
            case OWN_KEY_ELSEWHERE ->
                    Screen.error(
                            world.err(),
                            "not acceptable: your key is not at your place in what this enclave"
                                    + " serves",
                            "somebody else takes your place there: send it no key of yours");
            case MEASURED_OTHERWISE ->
                    Screen.error(
                            world.err(),
                            "not acceptable: the enclave was measured with other Python packages"
                                    + " than it says it has",
                            "");
            case EXPIRED ->
                    Screen.error(
                            world.err(), "not acceptable: the agreement it serves has expired", "");
        }
    }

    private Json json(CosmianEnclave enclave, AttestationResult result, String outcome) {
        return Json.object()
                .put("result", outcome)
                .put("attestation", result.toJson())
                .put("dialect", enclave.identity().dialect().word())
                .put("agreement", enclave.agreement().toJson())
                .put("identity", enclave.identity().digest().toString())
                .put(Origins.MEMBER, Origins.json(origins))
                .build();
    }

    private void affirmed(
            AttestationResult.Affirmed result, CosmianEnclave enclave, String policy) {
        screen.line("Evidence verified here, by the policy from " + policy + ":");
        EvidenceNote.show(screen, result.kind().word());
        result.findings().forEach(finding -> screen.line(EvidenceCommand.line(finding)));
        screen.field("measurement", result.claims().measurementText());
        Origins.show(screen, origins);
        screen.field("enclave key", enclave.identity().enclaveKey().value().hex());
        screen.line("This enclave serves exactly what follows, which nobody signed: it is the");
        screen.line("server's word, in the Cosmian dialect. Compare it.");
        serverSays(enclave.agreement()).forEach(screen::line);
        screen.line("It protects whoever seals to exactly this enclave key, and nobody who takes");
        screen.line("another key from the server.");
    }

    private static List<String> serverSays(CosmianAgreement agreement) {
        CosmianSetup setup = agreement.setup();
        List<String> lines = new ArrayList<>();
        lines.add("  computation     " + uuid(setup.computation().value()));
        lines.add("  title           " + Shown.escaped(setup.title(), 200));
        lines.add("  owner           " + setup.owner());
        for (Map.Entry<Seat, PublicSigningKey> entry : agreement.keys().entrySet()) {
            lines.add(
                    "  "
                            + entry.getKey().role()
                            + "  "
                            + entry.getKey().person()
                            + "  key "
                            + entry.getValue().value().hex());
        }
        lines.add("  code            " + agreement.code().bundle());
        lines.add("  run.py          " + agreement.code().entrypoint());
        lines.add("  Python packages " + setup.runtime().name() + " " + setup.runtime().digest());
        Terms terms = setup.terms();
        lines.add("  runs            at most " + terms.runs() + " of one enclave");
        lines.add(
                "  inputs          each Data Provider may change its own for a later run, the"
                        + " server says which there are");
        lines.add("  no run after    " + terms.notAfter());
        lines.add("  isolation       " + terms.isolation());
        lines.add(
                "  results         at most "
                        + terms.outputBytes()
                        + " bytes to each consumer a run");
        return lines;
    }

    private static UUID uuid(Bytes id) {
        String hex = id.hex();
        return new UUID(
                Long.parseUnsignedLong(hex.substring(0, 16), 16),
                Long.parseUnsignedLong(hex.substring(16), 16));
    }
}
