package io.cloister.agent;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;

/// A host's clock and a monotonic count that tests set.
final class TestTime extends Clock {
    private volatile Instant host;
    private final AtomicLong nanos = new AtomicLong();

    TestTime(Instant host) {
        this.host = host;
    }

    EnclaveClock enclaveClock() {
        return new EnclaveClock(this, nanos::get);
    }

    /// Sets the host's clock, as its operator can.
    void set(Instant instant) {
        host = instant;
    }

    /// Lets time pass for the monotonic count, which the operator can't set.
    void count(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    @Override
    public Instant instant() {
        return host;
    }
}
