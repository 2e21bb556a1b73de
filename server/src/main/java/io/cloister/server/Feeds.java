package io.cloister.server;

import io.cloister.protocol.ComputationId;

import java.io.Closeable;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Wakes whoever waits for a computation's next event. Holds nothing for computations nobody
/// watches. Safe for use by several threads.
final class Feeds {
    private final Map<ComputationId, Feed> feeds = new ConcurrentHashMap<>();

    /// One watcher's subscription, for one thread.
    final class Subscription implements Closeable {
        private final ComputationId computation;
        private final Feed feed;

        private Subscription(ComputationId computation, Feed feed) {
            this.computation = computation;
            this.feed = feed;
        }

        /// Waits until event `after + 1` may be there, or `patience` is over.
        void await(long after, Duration patience) throws InterruptedException {
            feed.await(after, patience);
        }

        @Override
        public void close() {
            feeds.computeIfPresent(
                    computation, (_, shared) -> --shared.watchers == 0 ? null : shared);
        }
    }

    private static final class Feed {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition grown = lock.newCondition();
        private long last;

        /// Changed only inside `compute` of the map.
        private int watchers;

        void await(long after, Duration patience) throws InterruptedException {
            lock.lock();
            try {
                long left = patience.toNanos();
                while (last <= after && left > 0) {
                    left = grown.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        }

        void grow(long number) {
            lock.lock();
            try {
                last = Math.max(last, number);
                grown.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Subscribes; read what is there afterwards, so that nothing is missed.
    Subscription subscribe(ComputationId computation) {
        Feed feed =
                feeds.compute(
                        computation,
                        (_, shared) -> {
                            Feed joined = shared == null ? new Feed() : shared;
                            joined.watchers++;
                            return joined;
                        });
        return new Subscription(computation, feed);
    }

    /// Says that event `number` is there.
    void publish(ComputationId computation, long number) {
        Feed feed = feeds.get(computation);
        if (feed != null) {
            feed.grow(number);
        }
    }

    /// Wakes everybody, because the server stops.
    void wakeAll() {
        feeds.values().forEach(feed -> feed.grow(Long.MAX_VALUE));
    }
}
