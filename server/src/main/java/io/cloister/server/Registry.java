package io.cloister.server;

import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.Transition;

import org.jdbi.v3.core.Handle;

import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// All computations: their states, each the fold of its events, and the one way to change one. An
/// event is durable before anybody hears of it. Safe for use by several threads.
final class Registry {
    private static final int CACHED = 256;
    private static final int PAGE = 1_000;

    /// Computations that share a lock wait for each other a little; nothing is done under it but
    /// short writes.
    private static final int STRIPES = 256;

    private final Database database;
    private final Feeds feeds;
    private final Clock clock;
    private final List<ReentrantLock> locks =
            Stream.generate(ReentrantLock::new).limit(STRIPES).toList();
    private final ReentrantLock cacheLock = new ReentrantLock();
    private final Map<ComputationId, Current> cache =
            new LinkedHashMap<>(64, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<ComputationId, Current> eldest) {
                    return size() > CACHED;
                }
            };
    private volatile BiConsumer<ComputationId, Transition.Effect> effects = (_, _) -> {};

    Registry(Database database, Feeds feeds, Clock clock) {
        this.database = database;
        this.feeds = feeds;
        this.clock = clock;
    }

    /// A state and the number of the last event in it.
    record Current(Computation state, long lastEvent) {}

    /// What else is stored together with an event, or not at all.
    @FunctionalInterface
    interface Also {
        /// Writes it; `now` is the event's time.
        void write(Handle handle, Instant now);
    }

    /// Looks at the state an event is about to happen in, while nothing else changes it.
    @FunctionalInterface
    interface Prepares {
        /// What is to be stored with the event, should it be new.
        ///
        /// @throws Refusal if it must not happen; then nothing does
        Also prepare(Computation before) throws Refusal;
    }

    /// Says who carries out effects; once, before anything happens.
    void onEffect(BiConsumer<ComputationId, Transition.Effect> carriesOut) {
        effects = carriesOut;
    }

    /// Where a computation stands, if there is one.
    Optional<Current> find(ComputationId computation) {
        Optional<Current> cached = cached(computation);
        if (cached.isPresent()) {
            return cached;
        }
        return locked(computation, () -> load(computation));
    }

    /// Where a computation stands that was found before.
    Current get(ComputationId computation) {
        return find(computation)
                .orElseThrow(() ->
                        new CloisterBugException(
                                "computation " + computation + " was there before"));
    }

    /// Creates a computation, unless it is there already.
    ///
    /// @return whether it is new
    /// @throws Refusal if the event does not hold, or there is another computation of its id
    boolean create(ComputationId computation, Event.First event, Also also) throws Refusal {
        Outcome outcome =
                locked(
                        computation,
                        () -> {
                            Optional<Current> before = load(computation);
                            if (before.isPresent()) {
                                return outcome(before.get().state().apply(event));
                            }
                            Transition transition = Computation.create(event);
                            if (transition instanceof Transition.Accepted(var next, var _)) {
                                Instant now = clock.instant();
                                database.change(handle -> {
                                    ComputationTable.insert(
                                            handle, next.dossier().papers(), event, next, now);
                                    also.write(handle, now);
                                });
                                cache(computation, new Current(next, 1));
                            }
                            return outcome(transition);
                        });
        return settle(computation, outcome);
    }

    /// Makes `event` happen.
    ///
    /// @return whether it is new; false if it says what is so already
    /// @throws Refusal if the state does not let it happen
    boolean append(ComputationId computation, Event event) throws Refusal {
        return append(computation, event, (_, _) -> {});
    }

    /// As above, with `also` stored together with a new event.
    boolean append(ComputationId computation, Event event, Also also) throws Refusal {
        return appendPrepared(computation, event, _ -> also);
    }

    /// As above, with what is stored decided by the state the event happens in.
    boolean appendPrepared(ComputationId computation, Event event, Prepares prepares)
            throws Refusal {
        return settle(
                computation, locked(computation, () -> tryAppend(computation, event, prepares)));
    }

    private Outcome tryAppend(ComputationId computation, Event event, Prepares prepares) {
        Current before =
                load(computation)
                        .orElseThrow(() ->
                                new CloisterBugException(
                                        "computation " + computation + " was there before"));
        Also also;
        try {
            also = prepares.prepare(before.state());
        } catch (Refusal e) {
            return new Outcome(false, List.of(), Optional.of(e));
        }
        Transition transition = before.state().apply(event);
        if (transition instanceof Transition.Accepted(var next, var _)) {
            long number = before.lastEvent() + 1;
            Instant now = clock.instant();
            database.change(handle -> {
                ComputationTable.append(handle, computation, number, event, next, now);
                also.write(handle, now);
            });
            cache(computation, new Current(next, number));
            feeds.publish(computation, number);
        }
        return outcome(transition);
    }

    /// What happened, and what is to be done once the lock is free.
    private record Outcome(
            boolean changed, List<Transition.Effect> effects, Optional<Refusal> refusal) {}

    private static Outcome outcome(Transition transition) {
        return switch (transition) {
            case Transition.Accepted(var _, var effects) ->
                    new Outcome(true, effects, Optional.empty());
            case Transition.Unchanged() -> new Outcome(false, List.of(), Optional.empty());
            case Transition.Refused(var code, var sentence) ->
                    new Outcome(false, List.of(), Optional.of(new Refusal(code, sentence)));
        };
    }

    private boolean settle(ComputationId computation, Outcome outcome) throws Refusal {
        if (outcome.refusal().isPresent()) {
            throw outcome.refusal().get();
        }
        outcome.effects().forEach(effect -> effects.accept(computation, effect));
        return outcome.changed();
    }

    /// Does `work` while nothing else changes this computation. Nests.
    <T> T locked(ComputationId computation, Supplier<T> work) {
        ReentrantLock lock = locks.get(Math.floorMod(computation.hashCode(), STRIPES));
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    private Optional<Current> load(ComputationId computation) {
        Optional<Current> cached = cached(computation);
        if (cached.isPresent()) {
            return cached;
        }
        Optional<Current> folded = database.read(handle -> fold(handle, computation));
        folded.ifPresent(current -> cache(computation, current));
        return folded;
    }

    private static Optional<Current> fold(Handle handle, ComputationId computation) {
        Optional<Current> current = Optional.empty();
        while (true) {
            long after = current.map(Current::lastEvent).orElse(0L);
            List<ComputationTable.Recorded> page =
                    ComputationTable.events(handle, computation, after, PAGE);
            for (ComputationTable.Recorded recorded : page) {
                current = Optional.of(new Current(step(current, recorded), recorded.number()));
            }
            if (page.size() < PAGE) {
                return current;
            }
        }
    }

    private static Computation step(Optional<Current> before, ComputationTable.Recorded recorded) {
        Transition transition =
                before.isPresent()
                        ? before.get().state().apply(recorded.event())
                        : recorded.event() instanceof Event.First first
                                ? Computation.create(first)
                                : new Transition.Refused(
                                        "database",
                                        "the first event is " + recorded.event().type());
        return switch (transition) {
            case Transition.Accepted(var next, var _) -> next;
            case Transition.Unchanged(), Transition.Refused _ ->
                    throw new CloisterBugException(
                            "recorded event " + recorded.number() + " does not hold");
        };
    }

    private Optional<Current> cached(ComputationId computation) {
        cacheLock.lock();
        try {
            return Optional.ofNullable(cache.get(computation));
        } finally {
            cacheLock.unlock();
        }
    }

    private void cache(ComputationId computation, Current current) {
        cacheLock.lock();
        try {
            cache.put(computation, current);
        } finally {
            cacheLock.unlock();
        }
    }
}
