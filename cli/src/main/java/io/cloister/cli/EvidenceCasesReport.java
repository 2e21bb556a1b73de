package io.cloister.cli;

import io.cloister.attestation.evidence.Verifier;
import io.cloister.cli.EvidenceCases.Result;
import io.cloister.cli.EvidenceCases.Results;
import io.cloister.cli.EvidenceCases.Revocation;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.nio.file.Path;

/// Runs a file of cases and says how each came out.
record EvidenceCasesReport(Screen screen) {
    Exit run(Path file) throws MalformedException, CommandException, IOException {
        Results results = EvidenceCases.run(file, Verifier.standard());
        for (Result one : results.results()) {
            boolean asExpected = one.differences().isEmpty();
            screen.line((asExpected ? "ok      " : "DIFFERS ") + one.id() + "  " + one.verdict());
            one.differences().forEach(difference -> screen.line("          " + difference));
        }
        long differ =
                results.results().stream().filter(one -> !one.differences().isEmpty()).count();
        screen.line(
                results.results().size()
                        + " cases, "
                        + differ
                        + " came out differently; "
                        + results.leftOut()
                        + " are of kinds that this version does not read.");
        long open =
                results.results().stream()
                        .filter(one -> one.revocation() == Revocation.NO_LIST)
                        .count();
        if (open > 0) {
            screen.line(
                    "! "
                            + open
                            + " brought no revocation list: nobody knows whether a key was revoked."
                            + " Outside of cases such Evidence is never accepted.");
        }
        screen.json(
                Json.object()
                        .put("asExpected", results.asExpected())
                        .put("leftOut", results.leftOut())
                        .put(
                                "cases",
                                results.results().stream().map(EvidenceCasesReport::json).toList())
                        .build());
        return results.asExpected() ? Exit.OK : Exit.DIFFERS;
    }

    private static Json json(Result one) {
        return Json.object()
                .put("id", one.id())
                .put("verdict", one.verdict())
                .put("revocationChecked", one.revocation() == Revocation.CHECKED)
                .put("differences", Described.texts(one.differences()))
                .build();
    }
}
