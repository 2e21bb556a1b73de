package io.cloister.client;

import io.cloister.client.server.EventStream;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerProblemException;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Waits for something in a computation: looks, and looks again at each event. An event itself is
/// never believed. A server that stays away meanwhile is waited for, too; one that is away from the
/// start is not.
final class Waiting {
    private static final int SERVERS_OWN_FAILURE = 500;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Seat seat;
    private final Clock clock;

    Waiting(Seat seat, Clock clock) {
        this.seat = seat;
        this.clock = clock;
    }

    Said.Computation until(Seat.Condition condition, Duration longest)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Instant deadline = clock.instant().plus(longest);
        Said.Computation said = seat.said();
        if (condition.holds(said)) {
            return said;
        }
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                return following(condition, said.lastEvent(), deadline);
            } catch (ServerException e) {
                if (isRefusal(e) || !clock.instant().plus(pause).isBefore(deadline)) {
                    throw e;
                }
            }
            Thread.sleep(pause);
            pause =
                    LONGEST_PAUSE.compareTo(pause.multipliedBy(2)) < 0
                            ? LONGEST_PAUSE
                            : pause.multipliedBy(2);
        }
    }

    /// Whether the server has refused, rather than failed to answer.
    static boolean isRefusal(ServerException e) {
        return e instanceof ServerProblemException problem
                && problem.problem().status() < SERVERS_OWN_FAILURE;
    }

    private Said.Computation following(Seat.Condition condition, long after, Instant deadline)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        try (EventStream events = seat.follow(after);
                ExecutorService worker = Executors.newVirtualThreadPerTaskExecutor()) {
            while (true) {
                Said.Computation said = seat.said();
                if (condition.holds(said)) {
                    return said;
                }
                awaitNext(events, worker, deadline);
            }
        }
    }

    private void awaitNext(EventStream events, ExecutorService worker, Instant deadline)
            throws ClientException, ServerException, InterruptedException {
        Future<Said.Event> next = worker.submit(events::next);
        try {
            long left = Duration.between(clock.instant(), deadline).toMillis();
            next.get(Math.max(left, 0), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            next.cancel(true);
            throw new ClientException(
                    ClientException.Kind.TIMEOUT,
                    "it did not happen in the time given",
                    "wait longer with --timeout");
        } catch (InterruptedException e) {
            next.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ServerException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
