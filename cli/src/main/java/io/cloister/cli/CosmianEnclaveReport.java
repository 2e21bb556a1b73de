package io.cloister.cli;

import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.client.CosmianEnclave;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianSetup;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/// Says what verified Evidence of an enclave of the Cosmian dialect is worth, and what remains to
/// be compared by whoever reads it.
///
/// @param ownKey the reader's own public key in hexadecimal digits; empty if not given
record CosmianEnclaveReport(Screen screen, World world, String ownKey) {
    /// @param refused says why Evidence was refused
    Exit report(
            CosmianEnclave enclave,
            AttestationResult result,
            String policy,
            Function<AttestationResult.Refused, Exit> refused)
            throws MalformedException {
        Optional<Seat> own = Optional.empty();
        if (!ownKey.isEmpty()) {
            PublicSigningKey key = PublicSigningKey.parse("ed25519:" + ownKey, "--own-key");
            own = enclave.seatOf(key);
            if (own.isEmpty()) {
                Screen.error(
                        world.err(),
                        "not acceptable: your key is nobody's in what this enclave serves",
                        "somebody else takes your place there: send it no key of yours");
                return Exit.NOT_ACCEPTABLE;
            }
        }
        screen.json(
                Json.object()
                        .put("attestation", result.toJson())
                        .put("dialect", enclave.identity().dialect().word())
                        .put("agreement", enclave.agreement().toJson())
                        .put("identity", enclave.identity().digest().toString())
                        .putIfPresent("ownSeat", own.map(Seat::toString))
                        .build());
        return switch (result) {
            case AttestationResult.Refused no -> refused.apply(no);
            case AttestationResult.Affirmed yes when !enclave.runsAsMeasured(yes.claims()) -> {
                Screen.error(
                        world.err(),
                        "not acceptable: the enclave was measured with other Python packages than"
                                + " it says it has",
                        "");
                yield Exit.NOT_ACCEPTABLE;
            }
            case AttestationResult.Affirmed yes -> {
                affirmed(yes, enclave, policy, own);
                yield Exit.OK;
            }
        };
    }

    private void affirmed(
            AttestationResult.Affirmed result,
            CosmianEnclave enclave,
            String policy,
            Optional<Seat> own) {
        screen.line("Verified here, by the policy from " + policy + ":");
        EvidenceNote.show(screen, result.kind().word());
        result.findings().forEach(finding -> screen.line(EvidenceCommand.line(finding)));
        screen.field("measurement", result.claims().measurementText());
        screen.field("enclave key", enclave.identity().enclaveKey().value().hex());
        screen.line("This enclave serves exactly what follows, which nobody signed: it is the");
        screen.line("server's word, in the Cosmian dialect. Compare it, your own key above all.");
        serverSays(enclave.agreement()).forEach(screen::line);
        own.ifPresentOrElse(
                seat -> screen.line("Your key is there: " + seat + "."),
                () -> screen.line("Compare your key, or give it with --own-key."));
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
        lines.add(
                "  Python packages "
                        + agreement.runtime().name()
                        + " "
                        + agreement.runtime().digest());
        lines.add("  runs            at most " + agreement.terms().runs() + " of one enclave");
        return lines;
    }

    private static UUID uuid(Bytes id) {
        String hex = id.hex();
        return new UUID(
                Long.parseUnsignedLong(hex.substring(0, 16), 16),
                Long.parseUnsignedLong(hex.substring(16), 16));
    }
}
