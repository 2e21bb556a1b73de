package io.cloister.agent;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.document.Seat;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Key blobs, and the control plane's lists of inputs.
final class CosmianIntake implements Intake {
    private final KeyCollector collector;
    private final Map<Seat, Long> keyItems = new HashMap<>();
    private final Map<Long, Long> inputItems = new HashMap<>();

    CosmianIntake(KeyCollector collector) {
        this.collector = collector;
    }

    @Override
    public synchronized Verdict take(Item.Given item) {
        return switch (item) {
            case Item.Key(long number, Seat seat, Bytes blob) -> {
                Verdict verdict = collector.key(seat, blob);
                if (verdict instanceof Verdict.Accepted) {
                    keyItems.put(seat, number);
                }
                yield verdict;
            }
            case Item.ServedInputs(long number, Bytes content) -> {
                KeyCollector.Decided decided = collector.inputs(content);
                decided.run().ifPresent(run -> inputItems.put(run, number));
                yield decided.verdict();
            }
            case Item.SealedGrant _, Item.SealedInputs _ ->
                    new Verdict.Refused(RefusalCode.DIALECT, "this enclave has another dialect");
        };
    }

    @Override
    public Optional<RunPlan> ready() {
        return collector.ready();
    }

    @Override
    public synchronized boolean start(RunPlan plan) {
        inputItems.remove(plan.run() - 1);
        return collector.start(plan);
    }

    /// Nobody signed the inputs, so others may come: in this dialect a provider whose files don't
    /// open with its key sends them again.
    @Override
    public boolean refused(RunPlan plan, RunRefusedException refusal) {
        return collector.refused(plan, refusal.code());
    }

    @Override
    public synchronized OptionalLong item(RunPlan plan, RunRefusedException refusal) {
        Long number =
                refusal.code().isOfInputs()
                        ? inputItems.get(plan.run())
                        : keyItems.get(collector.codeSeat());
        return number == null ? OptionalLong.empty() : OptionalLong.of(number);
    }

    @Override
    public Optional<AgentStop> over() {
        return collector.over();
    }

    @Override
    public Instant notAfter() {
        return collector.notAfter();
    }
}
