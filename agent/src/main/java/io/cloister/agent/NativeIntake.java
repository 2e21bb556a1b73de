package io.cloister.agent;

import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.grant.Grant;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/// Grants and input lists, sealed to this enclave.
final class NativeIntake implements Intake {
    private final GrantCollector collector;
    private final HybridIdentity sealing;
    private final Map<Email, Long> grantItems = new HashMap<>();
    private final Map<Long, Map<Email, Long>> inputItems = new HashMap<>();

    /// @param sealing opens what is sealed to this enclave
    NativeIntake(GrantCollector collector, HybridIdentity sealing) {
        this.collector = collector;
        this.sealing = sealing;
    }

    @Override
    public synchronized Verdict take(Item.Given item) {
        return switch (item) {
            case Item.SealedGrant(long number, Bytes sealed) ->
                    open(sealed, RefusalCode.GRANT_SEALED, envelope -> grant(number, envelope));
            case Item.SealedInputs(long number, Bytes sealed) ->
                    open(sealed, RefusalCode.INPUTS_SEALED, envelope -> inputs(number, envelope));
            case Item.Key _, Item.ServedInputs _ ->
                    new Verdict.Refused(RefusalCode.DIALECT, "this enclave has another dialect");
        };
    }

    private Verdict grant(long number, Envelope envelope) {
        Verdict verdict = collector.grant(envelope);
        if (verdict instanceof Verdict.Accepted) {
            grantItems.putIfAbsent(accepted(envelope, Grant.TYPE).signer(), number);
        }
        return verdict;
    }

    private Verdict inputs(long number, Envelope envelope) {
        Verdict verdict = collector.inputs(envelope);
        if (verdict instanceof Verdict.Accepted) {
            InputList list = accepted(envelope, InputList.TYPE);
            inputItems
                    .computeIfAbsent(list.run(), _ -> new HashMap<>())
                    .putIfAbsent(list.signer(), number);
        }
        return verdict;
    }

    private static <T> T accepted(Envelope envelope, DocumentType<T> type) {
        try {
            return Signed.readUnverified(envelope, type);
        } catch (MalformedException e) {
            throw new CloisterBugException("what was accepted can be read", e);
        }
    }

    private Verdict open(Bytes sealed, RefusalCode code, Function<Envelope, Verdict> decision) {
        Envelope envelope;
        try {
            envelope = SealedEnvelopes.open(sealed, this.sealing);
        } catch (AgeException | MalformedException _) {
            return new Verdict.Refused(code, "it can't be opened with this enclave's key");
        }
        return decision.apply(envelope);
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

    /// What was signed holds: nothing comes in its place.
    @Override
    public boolean refused(RunPlan plan, RunRefusedException refusal) {
        return false;
    }

    @Override
    public synchronized OptionalLong item(RunPlan plan, RunRefusedException refusal) {
        Long number =
                inputItems
                        .getOrDefault(plan.run(), Map.of())
                        .getOrDefault(refusal.whose(), grantItems.get(refusal.whose()));
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
