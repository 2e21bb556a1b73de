package io.cloister.server;

import io.cloister.launcher.EnclaveHandle;
import io.cloister.launcher.EnclaveId;
import io.cloister.launcher.EnclaveOrder;
import io.cloister.launcher.LaunchException;
import io.cloister.link.Link;
import io.cloister.link.LinkSettings;
import io.cloister.link.LinkStream;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.ServedAgreement;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.EnclaveRecord;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.StopReason;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// Starts enclaves in turn, serves their links, and says in events how each ended. One thread per
/// enclave; safe for use by several threads.
final class EnclaveSupervisor implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);

    private final Control control;
    private final Semaphore capacity;
    private final Map<Key, Life> lives = new ConcurrentHashMap<>();
    private final Map<ComputationId, Integer> lostInARow = new ConcurrentHashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);

    EnclaveSupervisor(Control control) {
        this.control = control;
        this.capacity = new Semaphore(control.limits().enclaves(), true);
    }

    private record Key(ComputationId computation, long enclave) {}

    /// Says in events, after a restart, that what ran is lost; before anybody is listened to.
    ///
    /// @return the computations an enclave is due for
    List<ComputationId> recover() {
        List<ComputationId> unfinished =
                control.database()
                        .read(handle ->
                                ComputationTable.inStates(
                                        handle,
                                        List.of("agreed", "starting", "granting", "running")));
        for (ComputationId computation : unfinished) {
            control.registry()
                    .get(computation)
                    .state()
                    .dossier()
                    .lastEnclave()
                    .filter(enclave -> enclave.stage() != EnclaveRecord.Stage.STOPPED)
                    .ifPresent(enclave ->
                            recordStop(
                                    computation,
                                    enclave.number(),
                                    StopReason.SERVER_STOPPED,
                                    "the control plane was restarted"));
        }
        return unfinished.stream().filter(this::waitsForEnclave).toList();
    }

    /// Whether the last thing that happened calls for an enclave.
    private boolean waitsForEnclave(ComputationId computation) {
        if (!(control.registry().get(computation).state() instanceof Computation.Agreed)) {
            return false;
        }
        return control.database()
                .read(handle -> ComputationTable.lastEvent(handle, computation))
                .map(last ->
                        switch (last.event()) {
                            case Event.AgreementSigned _,
                                    Event.EnclaveRequested _,
                                    Event.KeyRegistered _,
                                    Event.CodeBrought _ ->
                                    true;
                            case Event.EnclaveStopped stopped ->
                                    stopped.reason() == StopReason.SERVER_STOPPED;
                            default -> false;
                        })
                .orElse(false);
    }

    /// Queues an enclave for a computation that has an agreement and no enclave; otherwise does
    /// nothing.
    void order(ComputationId computation) {
        if (closing.getCount() == 0) {
            return;
        }
        Computation state = control.registry().get(computation).state();
        if (!(state instanceof Computation.Agreed agreed)) {
            return;
        }
        long number = state.dossier().lastEnclave().map(EnclaveRecord::number).orElse(0L) + 1;
        try {
            control.registry()
                    .append(
                            computation,
                            new Event.EnclaveQueued(number),
                            (handle, now) -> EnclaveTable.insert(handle, computation, number, now));
        } catch (Refusal _) {
            // Somebody else was quicker.
            return;
        }
        var life = new Life(computation, number, agreed.agreement());
        lives.put(new Key(computation, number), life);
        life.begin();
    }

    /// Somebody asked for an enclave: losses so far don't count any more.
    void forgive(ComputationId computation) {
        lostInARow.remove(computation);
    }

    /// Stops an enclave for `reason`, without waiting for it.
    void stop(ComputationId computation, long enclave, StopReason reason) {
        Life life = lives.get(new Key(computation, enclave));
        if (life != null) {
            life.stop(new AgentSession.Ending(reason, "stopped: " + reason));
        }
    }

    /// Says that something was sealed for an enclave.
    void offered(ComputationId computation, long enclave) {
        Life life = lives.get(new Key(computation, enclave));
        if (life != null) {
            life.offered();
        }
    }

    /// Waits until an enclave has said what it thinks of what it was handed under `number`.
    Optional<AgentSession.Verdict> awaitVerdict(
            ComputationId computation, long enclave, long number, Duration time)
            throws InterruptedException {
        Life life = lives.get(new Key(computation, enclave));
        return life == null ? Optional.empty() : life.session.awaitVerdict(number, time);
    }

    /// Whether enclaves of a computation were lost so often in a row that no other is ordered until
    /// somebody asks.
    boolean gaveUp(ComputationId computation) {
        return lostInARow.getOrDefault(computation, 0) > control.limits().restarts();
    }

    private void recordStop(
            ComputationId computation, long enclave, StopReason reason, String detail) {
        String shown = Shown.escaped(detail, 400);
        try {
            control.registry()
                    .append(
                            computation,
                            new Event.EnclaveStopped(enclave, reason, shown),
                            (handle, now) ->
                                    EnclaveTable.stopped(
                                            handle, computation, enclave, reason.toString(), now));
            control.database()
                    .change(handle ->
                            EnclaveTable.stopped(
                                    handle,
                                    computation,
                                    enclave,
                                    reason.toString(),
                                    control.clock().instant()));
        } catch (Refusal e) {
            control.log()
                    .warning("stop-not-recorded")
                    .with("computation", computation)
                    .because(e)
                    .write();
        }
    }

    /// Stops every enclave and waits until they are gone.
    @Override
    public void close() {
        closing.countDown();
        List<Life> all = List.copyOf(lives.values());
        all.forEach(life ->
                life.stop(
                        new AgentSession.Ending(
                                StopReason.SERVER_STOPPED, "the control plane was stopped")));
        all.forEach(Life::awaitEnd);
    }

    /// One enclave from the queue to its end.
    private final class Life {
        private final ComputationId computation;
        private final long number;
        private final ServedAgreement agreement;
        private final AgentSession session;
        private final Thread thread;
        private final ReentrantLock lock = new ReentrantLock();

        // Guarded by `lock`.
        private Optional<AgentSession.Ending> stopped = Optional.empty();
        private @Nullable EnclaveHandle handle;

        Life(ComputationId computation, long number, ServedAgreement agreement) {
            this.computation = computation;
            this.number = number;
            this.agreement = agreement;
            this.session = new AgentSession(control, computation, number, agreement);
            this.thread =
                    Thread.ofVirtual()
                            .name("enclave-" + computation + "-" + number)
                            .unstarted(this::run);
        }

        void begin() {
            thread.start();
        }

        void offered() {
            session.offered();
        }

        void awaitEnd() {
            try {
                if (!thread.join(GRACE.plus(Duration.ofSeconds(30)))) {
                    log("warning", "enclave-does-not-end");
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }

        void stop(AgentSession.Ending why) {
            EnclaveHandle running;
            lock.lock();
            try {
                if (stopped.isPresent()) {
                    return;
                }
                stopped = Optional.of(why);
                running = handle;
                if (running == null) {
                    // Waits for its turn, or for the launcher.
                    thread.interrupt();
                }
            } finally {
                lock.unlock();
            }
            if (running != null) {
                session.askToStop(why.reason().toString());
                Thread.ofVirtual().start(() -> end(running, GRACE));
            }
        }

        private void run() {
            AgentSession.Ending ending;
            boolean granted = false;
            try {
                capacity.acquire();
                granted = true;
                control.registry().append(computation, new Event.EnclaveStarted(number));
                ending = live();
            } catch (InterruptedException _) {
                ending =
                        new AgentSession.Ending(
                                StopReason.SERVER_STOPPED, "stopped before it started");
            } catch (Refusal e) {
                ending =
                        new AgentSession.Ending(
                                StopReason.FAILED_TO_START, String.valueOf(e.getMessage()));
            } catch (RuntimeException | Error e) {
                control.log()
                        .error("supervisor-failed")
                        .with("computation", computation)
                        .because(e)
                        .write();
                ending = new AgentSession.Ending(StopReason.LOST, "the control plane failed");
            } finally {
                if (granted) {
                    capacity.release();
                }
            }
            // What is left to do must be done, whoever was impatient.
            Thread.interrupted();
            AgentSession.Ending last = override(ending);
            lives.remove(new Key(computation, number));
            log("info", "enclave-ended " + last.reason());
            try {
                session.discardStaged();
            } catch (IOException e) {
                control.log()
                        .warning("staged-outputs-stay")
                        .with("computation", computation)
                        .because(e)
                        .write();
            }
            recordStop(computation, number, last.reason(), last.detail());
            after(last.reason());
        }

        /// What was asked for goes before what was seen because of it.
        private AgentSession.Ending override(AgentSession.Ending seen) {
            lock.lock();
            try {
                return session.ending().or(() -> stopped).orElse(seen);
            } finally {
                lock.unlock();
            }
        }

        private AgentSession.Ending live() throws InterruptedException {
            Instant startedAt = control.clock().instant();
            EnclaveHandle started;
            try {
                started =
                        control.launcher()
                                .start(
                                        new EnclaveOrder(
                                                EnclaveId.random(control.random()),
                                                computation,
                                                agreement.dialect(),
                                                agreement.digest(),
                                                agreement.runtime().digest()));
            } catch (LaunchException e) {
                control.log()
                        .warning("enclave-not-started")
                        .with("computation", computation)
                        .because(e)
                        .write();
                return new AgentSession.Ending(
                        StopReason.FAILED_TO_START,
                        "the launcher could not start it: " + e.getMessage());
            }
            lock.lock();
            try {
                handle = started;
                if (stopped.isPresent()) {
                    end(started, Duration.ZERO);
                    return stopped.get();
                }
            } finally {
                lock.unlock();
            }
            log("info", "enclave-started");
            Thread watch = Thread.ofVirtual().start(() -> watch(started, startedAt));
            try {
                return serve(started);
            } finally {
                session.release();
                watch.join();
                end(started, GRACE);
                started.exit()
                        .ifPresent(exit ->
                                control.log()
                                        .info("enclave-exit")
                                        .with("computation", computation)
                                        .with("enclave", number)
                                        .with("cause", exit.cause())
                                        .with("detail", exit.detail())
                                        .write());
            }
        }

        private AgentSession.Ending serve(EnclaveHandle started) throws InterruptedException {
            try (Link link =
                    Link.accept(started.fromAgent(), started.toAgent(), LinkSettings.DEFAULT)) {
                for (Optional<LinkStream> stream = link.next();
                        stream.isPresent();
                        stream = link.next()) {
                    LinkStream request = stream.get();
                    Thread.ofVirtual().start(() -> session.serve(request));
                }
                return new AgentSession.Ending(
                        StopReason.LOST, "its link ended: " + link.awaitClosed().getMessage());
            } catch (IOException e) {
                return new AgentSession.Ending(
                        StopReason.LOST, "its link never began: " + e.getMessage());
            }
        }

        private void watch(EnclaveHandle started, Instant startedAt) {
            try {
                session.awaitOverdue(startedAt)
                        .ifPresent(overdue -> {
                            lock.lock();
                            try {
                                stopped = stopped.or(() -> Optional.of(overdue));
                            } finally {
                                lock.unlock();
                            }
                            session.askToStop(overdue.reason().toString());
                            end(
                                    started,
                                    overdue.reason() == StopReason.IDLE ? GRACE : Duration.ZERO);
                        });
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }

        private void end(EnclaveHandle running, Duration grace) {
            try {
                running.stop(grace);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }

        /// Orders another enclave where this one was lost through no word of anybody.
        private void after(StopReason reason) {
            switch (reason) {
                case LOST, FAILED_TO_START -> {
                    int lost = lostInARow.merge(computation, 1, Integer::sum);
                    if (lost <= control.limits().restarts()
                            && pause(FIRST_PAUSE.multipliedBy(1L << (lost - 1)))) {
                        order(computation);
                    }
                }
                case EXHAUSTED,
                        EXPIRED,
                        GRANT_EXPIRED,
                        IDLE,
                        REFUSED,
                        SERVER_STOPPED,
                        WITHDRAWN,
                        CODE_RESET,
                        ARCHIVED ->
                        lostInARow.remove(computation);
            }
        }

        /// Waits; false if the server stops meanwhile.
        private boolean pause(Duration time) {
            try {
                return !closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        private void log(String level, String event) {
            (level.equals("info") ? control.log().info(event) : control.log().warning(event))
                    .with("computation", computation)
                    .with("enclave", number)
                    .of(control.launcher())
                    .write();
        }
    }
}
