package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.RunRecord;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Runs, receipts, and each reader's own outputs.
final class RunOperations {
    private static final long MAX_RUN = 1_000_000;

    private final Control control;

    RunOperations(Control control) {
        this.control = control;
    }

    void list(Call call) throws Problem {
        ComputationId computation = call.computation();
        var dossier = control.registry().get(computation).state().dossier();
        call.answer(
                200, control.database().read(handle -> Views.runs(handle, computation, dossier)));
    }

    private RunRecord run(Call call) throws Problem {
        Sha256 identity = call.digest("identity");
        long number = call.numberInPath("run", 1, MAX_RUN);
        return control.registry().get(call.computation()).state().dossier().runs().stream()
                .filter(run -> run.identity().equals(identity) && run.run() == number)
                .findFirst()
                .orElseThrow(Problem::notFound);
    }

    void receipt(Call call) throws Problem, MalformedException {
        ComputationId computation = call.computation();
        RunRecord run = run(call);
        String receipt =
                control.database()
                        .read(handle ->
                                EnclaveTable.receipt(handle, computation, run.enclave(), run.run()))
                        .orElseThrow(Problem::notFound);
        call.answer(
                200,
                Json.parse(
                        receipt.getBytes(StandardCharsets.UTF_8), JsonLimits.DOCUMENT, "receipt"));
    }

    private List<EnclaveTable.Output> own(Call call, RunRecord run) throws Problem {
        ComputationId computation = call.computation();
        return control.database()
                .read(handle ->
                        EnclaveTable.outputs(
                                handle, computation, run.enclave(), run.run(), call.email()));
    }

    void outputs(Call call) throws Problem {
        List<Json> outputs = new ArrayList<>();
        for (EnclaveTable.Output output : own(call, run(call))) {
            outputs.add(
                    Json.object()
                            .put("k", outputs.size())
                            .put("kind", output.kind())
                            .put("position", output.position())
                            .put("size", output.size())
                            .put("digest", output.digest().toString())
                            .build());
        }
        call.answer(200, Json.object().put("outputs", outputs).build());
    }

    void output(Call call) throws Problem, Refusal, IOException {
        RunRecord run = run(call);
        int k = (int) call.numberInPath("k", 0, Receipt.MAX_OUTPUTS - 1);
        List<EnclaveTable.Output> outputs = own(call, run);
        if (k >= outputs.size()) {
            throw Problem.notFound();
        }
        EnclaveTable.Output output = outputs.get(k);
        boolean whole =
                Download.send(
                        call, output.header(), control.folder().outputs().resolve(output.file()));
        if (whole) {
            control.registry()
                    .append(
                            call.computation(),
                            new Event.OutputFetched(call.email(), run.enclave(), run.run()));
        }
    }
}
