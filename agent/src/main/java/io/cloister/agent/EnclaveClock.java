package io.cloister.agent;

import java.time.Clock;
import java.time.Instant;
import java.util.function.LongSupplier;

/// The enclave's time. The host's clock is the operator's, so it is only a lower bound: time is the
/// latest of what the host says, what grants said when they were issued plus the time since, and
/// what it was before. It never goes back, so a host that sets its clock back buys no run after
/// expiry; one that sets it ahead only ends its own enclave early.
///
/// Safe for use by several threads.
final class EnclaveClock {
    private final Clock host;
    private final LongSupplier nanos;
    private Instant base;
    private long baseNanos;

    /// @param host the host's clock
    /// @param nanos a monotonic count, as [System#nanoTime]
    EnclaveClock(Clock host, LongSupplier nanos) {
        this.host = host;
        this.nanos = nanos;
        this.base = host.instant();
        this.baseNanos = nanos.getAsLong();
    }

    /// The time now.
    synchronized Instant now() {
        advanceTo(host.instant());
        return base;
    }

    /// Takes note that somebody trusted has seen `instant`: time does not run behind it from now
    /// on.
    synchronized void observe(Instant instant) {
        advanceTo(instant);
    }

    private void advanceTo(Instant atLeast) {
        long nowNanos = nanos.getAsLong();
        Instant counted = base.plusNanos(Math.max(0, nowNanos - baseNanos));
        base = counted.isAfter(atLeast) ? counted : atLeast;
        baseNanos = nowNanos;
    }
}
