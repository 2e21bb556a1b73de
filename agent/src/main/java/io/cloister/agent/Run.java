package io.cloister.agent;

import io.cloister.agent.sandbox.RunReport;
import io.cloister.agent.sandbox.RunRequest;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.agent.sandbox.Usage;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Envelope;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One run from its inputs to its receipt (spec/grant.md §5, spec/documents.md §9). Used by one
/// thread, once.
final class Run {
    private static final Usage UNKNOWN = new Usage(Duration.ZERO, Duration.ZERO, 0, 0);

    private final ControlPlane plane;
    private final Enclave enclave;
    private final Intake intake;
    private final ReceiptMaker receipts;
    private final EnclaveClock clock;
    private final RunPlan plan;

    Run(
            ControlPlane plane,
            Enclave enclave,
            Intake intake,
            ReceiptMaker receipts,
            EnclaveClock clock,
            RunPlan plan) {
        this.plane = plane;
        this.enclave = enclave;
        this.intake = intake;
        this.receipts = receipts;
        this.clock = clock;
        this.plan = plan;
    }

    /// How user code ended.
    ///
    /// @param outcome as the receipt says
    /// @param report what the cell said, if it said anything
    /// @param startedAt when user code started
    private record Ended(Outcome outcome, Optional<RunReport> report, Instant startedAt) {}

    /// Loads the run into `cell`, runs it and releases what may be released.
    ///
    /// @param code puts the code into the cell
    /// @throws RunRefusedException if user code may not start; nothing was counted
    /// @throws IOException if the link or, before user code started, the cell failed
    void execute(Cell cell, CodeLoader code)
            throws RunRefusedException, IOException, SandboxException {
        List<StreamedInputs.Input> streamed =
                new RunLoader(plane, enclave.agreement(), code, plan, cell).load();
        // Counted before it is told: whatever the answer is, this number is not used again.
        if (!intake.start(plan)) {
            throw expired();
        }
        plane.started(plan.run());
        // The answer may have been long in coming.
        Instant startedAt = clock.now();
        if (startedAt.isAfter(plan.terms().notAfter())) {
            throw expired();
        }
        try (var stage = new OutputStage(plane, enclave.agreement().roster(), plan);
                var inputs = new StreamedInputs(plane, streamed)) {
            Ended ended = run(cell, stage, inputs, startedAt);
            stage.settle();
            release(stage, ended);
        }
    }

    private RunRefusedException expired() {
        return new RunRefusedException(
                RefusalCode.GRANT_EXPIRED,
                enclave.agreement().roster().codeProvider(),
                "a grant expired before user code could start");
    }

    private Ended run(Cell cell, OutputStage stage, StreamedInputs inputs, Instant startedAt) {
        var roster = enclave.agreement().roster();
        var request =
                new RunRequest(
                        enclave.agreement().computation(),
                        roster.dataProviders(),
                        roster.resultConsumers(),
                        plan.outputs().isIndexed());
        var held = new HeldOutputs(stage, inputs::allChecked);
        Ended ended;
        try {
            RunReport report = cell.run(request, held, inputs);
            ended = new Ended(RunEnding.outcome(report), Optional.of(report), startedAt);
        } catch (IOException | SandboxException e) {
            ended = broken(stage, held, startedAt);
        }
        try {
            inputs.finish();
        } catch (RunRefusedException _) {
            // Nothing that user code did with an input that nobody signed may show.
            return new Ended(Outcome.INPUTS, Optional.empty(), startedAt);
        }
        try {
            if (ended.outcome == Outcome.SUCCESS) {
                held.release();
            }
            return ended;
        } catch (IOException _) {
            return broken(stage, held, startedAt);
        }
    }

    /// The run counts, so it gets its receipt, even if an output could not be stored.
    private static Ended broken(OutputStage stage, HeldOutputs held, Instant startedAt) {
        boolean full = stage.isFull() || held.isFull();
        Outcome outcome = full ? Outcome.LIMIT_OUTPUT : Outcome.STOPPED;
        return new Ended(outcome, Optional.empty(), startedAt);
    }

    /// Stages what is still to be staged, signs the receipt and lets the headers go, all at once.
    /// Results of a run that did not succeed are not named, so nothing of them stays.
    private void release(OutputStage stage, Ended ended) throws IOException {
        List<StagedOutput> outputs = new ArrayList<>();
        List<Email> readers =
                ended.outcome == Outcome.INPUTS ? List.of() : enclave.agreement().roster().people();
        for (Email reader : readers) {
            outputs.addAll(outputsFor(reader, stage, ended));
        }
        Receipt.Report report =
                RunEnding.report(
                        ended.outcome,
                        ended.report.map(RunReport::outcome),
                        ended.report.map(RunReport::usage).orElse(UNKNOWN),
                        ended.startedAt);
        Envelope receipt = receipts.sign(plan, outputs, report);
        plane.finish(plan.run(), receipt, outputs.stream().map(StagedOutput::released).toList());
    }

    /// Index, results, printed text and traceback for one reader, in this order; nothing for who
    /// reads nothing.
    private List<StagedOutput> outputsFor(Email reader, OutputStage stage, Ended ended)
            throws IOException {
        Terms terms = enclave.agreement().terms();
        boolean consumes =
                ended.outcome == Outcome.SUCCESS
                        && enclave.agreement().roster().resultConsumers().contains(reader);
        List<StagedOutput> outputs = new ArrayList<>();
        if (consumes) {
            outputs.addAll(
                    stage.results(reader, ended.report.map(RunReport::outputs).orElse(List.of())));
        }
        if (terms.outputReaders().contains(reader)) {
            outputs.add(
                    stage.printed(reader, ended.report.map(RunReport::log).orElse(Bytes.utf8(""))));
        }
        Optional<String> traceback = ended.report.flatMap(RunReport::traceback);
        if (terms.tracebackReaders().contains(reader) && traceback.isPresent()) {
            outputs.add(stage.traceback(reader, traceback.get()));
        }
        if (plan.outputs().isIndexed() && (consumes || !outputs.isEmpty())) {
            outputs.addFirst(stage.index(reader, outputs));
        }
        return outputs;
    }
}
