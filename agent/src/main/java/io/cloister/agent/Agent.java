package io.cloister.agent;

import io.cloister.agent.sandbox.SandboxException;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.protocol.document.IsolationLevel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A prepared enclave at work: takes grants and input lists as they come and does each run as soon
/// as everything for it is there, until all are done, all has expired, or it is told to stop. One
/// thread decides everything; a second waits for items, a third runs.
final class Agent {
    private static final Duration POLL = Duration.ofSeconds(20);
    private static final Duration LOOK_AROUND = Duration.ofSeconds(5);
    private static final Duration PATIENCE_WITH_STOPPED_RUN = Duration.ofSeconds(30);
    private static final int MOST_ATTEMPTS = 4;

    /// Most signals that wait for the deciding thread, each an item of at most
    /// [SealedEnvelopes#MAX_BYTES]: who hands over more waits.
    private static final int MOST_WAITING = 4;

    private final ControlPlane plane;
    private final Preparation.Prepared prepared;
    private final Enclave enclave;
    private final EnclaveClock clock;
    private final Consumer<String> log;
    private final Intake intake;
    private final ReceiptMaker receipts;
    private final BlockingQueue<Signal> signals = new ArrayBlockingQueue<>(MOST_WAITING);
    private @Nullable Cell cell;
    private volatile boolean done;
    private boolean running;
    private int attempts;
    private long retryAtNanos;

    /// @param log takes lines for the operator, nothing secret in them
    Agent(
            ControlPlane plane,
            Preparation.Prepared prepared,
            EnclaveClock clock,
            Consumer<String> log) {
        this.plane = plane;
        this.prepared = prepared;
        this.enclave = prepared.enclave();
        this.clock = clock;
        this.log = log;
        this.intake = prepared.suite().intake(enclave.identity(), clock);
        this.receipts = new ReceiptMaker(enclave, prepared.packages());
        this.cell = prepared.first();
    }

    /// What wakes the deciding thread.
    private sealed interface Signal {
        record Came(Item item) implements Signal {}

        record LinkLost(Throwable reason) implements Signal {}

        record RunOver(RunEnd end) implements Signal {}
    }

    /// How an attempt at a run ended.
    private sealed interface RunEnd {
        record Finished(long run) implements RunEnd {}

        record Refused(RunPlan plan, RunRefusedException refusal) implements RunEnd {}

        record Broken(Throwable reason) implements RunEnd {}
    }

    /// Serves until there is nothing more to do.
    ///
    /// @return why it ended, if that is to be told; nothing if the control plane said stop
    /// @throws IOException if the link is lost or breaks the format: the keys are worthless then
    Optional<AgentStop> serve() throws IOException, InterruptedException {
        // Never interrupted: an interrupt would close the link's channel. It ends with the link.
        Thread.ofVirtual().name("agent-poll").start(this::poll);
        try {
            while (true) {
                if (!running) {
                    Optional<AgentStop> over = intake.over();
                    if (over.isPresent()) {
                        return over;
                    }
                    startIfReady();
                }
                Signal signal = signals.poll(patience().toMillis(), TimeUnit.MILLISECONDS);
                switch (signal) {
                    case null -> {}
                    case Signal.Came(Item.Stop(String reason)) -> {
                        log.accept("told to stop: " + reason);
                        stopRun();
                        return Optional.empty();
                    }
                    case Signal.Came(Item item) -> take(item);
                    case Signal.LinkLost(Throwable reason) -> throw leaving(reason);
                    case Signal.RunOver(RunEnd end) -> runOver(end);
                }
            }
        } catch (AgentStop stop) {
            return Optional.of(stop);
        } finally {
            done = true;
            closeCell();
        }
    }

    private Duration patience() {
        if (running) {
            return LOOK_AROUND;
        }
        Duration untilExpiry = Duration.between(clock.now(), intake.notAfter()).plusSeconds(1);
        Duration untilRetry =
                attempts == 0 ? LOOK_AROUND : Duration.ofNanos(retryAtNanos - System.nanoTime());
        Duration shortest = untilExpiry.compareTo(untilRetry) < 0 ? untilExpiry : untilRetry;
        return shortest.compareTo(LOOK_AROUND) < 0
                ? shortest.isPositive() ? shortest : Duration.ofMillis(1)
                : LOOK_AROUND;
    }

    /// What ends the agent: whatever it is, the keys go with it.
    private static IOException leaving(Throwable reason) throws AgentStop {
        return switch (reason) {
            case Error error -> throw error;
            case RuntimeException bug -> throw bug;
            case IOException lost -> lost;
            default ->
                    throw new AgentStop(
                            AgentStop.Reason.REFUSED, "the sandbox was lost before user code ran");
        };
    }

    /// Hands `signal` to the deciding thread, unless nobody decides any more.
    private void signal(Signal signal) {
        boolean interrupted = false;
        boolean taken = false;
        while (!taken && !done) {
            try {
                taken = signals.offer(signal, 1, TimeUnit.SECONDS);
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void poll() {
        try {
            long after = 0;
            while (!done) {
                Item item = plane.next(after, POLL);
                switch (item) {
                    case Item.Given given -> after = given.number();
                    case Item.Stop _, Item.Nothing _ -> {}
                }
                signal(new Signal.Came(item));
                if (item instanceof Item.Stop) {
                    return;
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            signal(new Signal.LinkLost(e));
        }
    }

    private void take(Item item) throws IOException, AgentStop {
        switch (item) {
            case Item.Given given -> {
                Verdict verdict = intake.take(given);
                tell(given.number(), verdict);
                // Whoever tries words gets no further, also while a run goes on.
                if (verdict instanceof Verdict.Refused) {
                    Optional<AgentStop> over = intake.over();
                    if (over.isPresent() && over.get().reason() == AgentStop.Reason.REFUSED) {
                        throw over.get();
                    }
                }
            }
            case Item.Stop _, Item.Nothing _ -> {}
        }
    }

    private void tell(long number, Verdict verdict) throws IOException {
        if (verdict instanceof Verdict.Refused(RefusalCode code, var _)) {
            log.accept("item " + number + " refused: " + code);
        }
        try {
            plane.verdict(number, verdict);
        } catch (ControlPlaneRefusal e) {
            log.accept("verdict on item " + number + ": " + e.getMessage());
        }
    }

    private void startIfReady() throws AgentStop, IOException, InterruptedException {
        if (attempts > 0 && System.nanoTime() - retryAtNanos < 0) {
            return;
        }
        Optional<RunPlan> ready = intake.ready();
        if (ready.isEmpty()) {
            return;
        }
        RunPlan plan = ready.get();
        Cell fresh = freshCell();
        running = true;
        log.accept("run " + plan.run() + ": everything is here");
        Thread.ofPlatform()
                .name("agent-run")
                .daemon()
                .start(() -> signal(new Signal.RunOver(attempt(plan, fresh))));
    }

    private RunEnd attempt(RunPlan plan, Cell fresh) {
        try {
            new Run(plane, enclave, intake, receipts, clock, plan).execute(fresh, prepared.code());
            return new RunEnd.Finished(plan.run());
        } catch (RunRefusedException e) {
            return new RunEnd.Refused(plan, e);
        } catch (IOException | SandboxException | RuntimeException | Error e) {
            return new RunEnd.Broken(e);
        }
    }

    private Cell freshCell() throws AgentStop, IOException, InterruptedException {
        Cell present = cell;
        if (present != null) {
            return present;
        }
        try {
            Cell fresh = prepared.cells().start();
            cell = fresh;
            IsolationLevel claimed = prepared.enclave().identity().isolation();
            if (fresh.level().compareTo(claimed) < 0) {
                throw new AgentStop(
                        AgentStop.Reason.REFUSED,
                        "this machine isolates a run by "
                                + fresh.level()
                                + " only, and no longer by "
                                + claimed);
            }
            return fresh;
        } catch (SandboxException e) {
            throw new AgentStop(
                    AgentStop.Reason.REFUSED,
                    "this machine can't isolate a run: " + e.getMessage());
        }
    }

    private void runOver(RunEnd end) throws AgentStop, IOException, InterruptedException {
        running = false;
        closeCell();
        switch (end) {
            case RunEnd.Finished _ -> {
                attempts = 0;
                log.accept("the run is over");
            }
            case RunEnd.Refused(RunPlan plan, RunRefusedException refusal) ->
                    refused(plan, refusal);
            case RunEnd.Broken(Throwable reason) -> throw leaving(reason);
        }
        if (intake.over().isEmpty()) {
            freshCell();
        }
    }

    private void refused(RunPlan plan, RunRefusedException refusal) throws AgentStop, IOException {
        if (intake.over().isPresent()) {
            return;
        }
        OptionalLong item = intake.item(plan, refusal);
        if (item.isPresent()) {
            tell(item.getAsLong(), refusal.verdict());
        }
        if (intake.refused(plan, refusal)) {
            attempts = 0;
            return;
        }
        attempts++;
        if (attempts >= MOST_ATTEMPTS || !mayPass(refusal.code())) {
            throw new AgentStop(
                    AgentStop.Reason.REFUSED,
                    refusal.code() + " of " + refusal.whose() + ": " + refusal.getMessage());
        }
        retryAtNanos = System.nanoTime() + Duration.ofSeconds(1L << (attempts - 1)).toNanos();
    }

    /// Whether another answer of the control plane could help: not where what was signed is itself
    /// at fault.
    private static boolean mayPass(RefusalCode code) {
        return switch (code) {
            case INPUTS_MISSING, INPUTS_DIGEST, CODE_MISSING, CODE_DIGEST -> true;
            default -> false;
        };
    }

    private void stopRun() throws InterruptedException {
        Cell present = cell;
        if (!running || present == null) {
            return;
        }
        present.stop();
        long deadline = System.nanoTime() + PATIENCE_WITH_STOPPED_RUN.toNanos();
        while (System.nanoTime() < deadline) {
            Signal signal = signals.poll(1, TimeUnit.SECONDS);
            if (signal instanceof Signal.RunOver) {
                return;
            }
        }
    }

    private void closeCell() {
        Cell present = cell;
        cell = null;
        if (present != null) {
            present.close();
        }
    }
}
