package io.cloister.client;

import io.cloister.client.server.EventStream;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;

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
/// never believed.
final class Waiting {
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
        try (EventStream events = seat.follow(said.lastEvent());
                ExecutorService worker = Executors.newVirtualThreadPerTaskExecutor()) {
            while (true) {
                awaitNext(events, worker, deadline);
                said = seat.said();
                if (condition.holds(said)) {
                    return said;
                }
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
