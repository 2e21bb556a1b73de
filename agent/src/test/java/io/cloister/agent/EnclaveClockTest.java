package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;

class EnclaveClockTest {
    private static final Instant START = Instant.ofEpochSecond(1_000_000);

    private final TestTime time = new TestTime(START);
    private final EnclaveClock clock = time.enclaveClock();

    @Test
    void goesOnWhenTheHostsClockStands() {
        time.count(Duration.ofHours(1));
        assertEquals(START.plusSeconds(3600), clock.now());
    }

    @Test
    void doesNotGoBackWithTheHostsClock() {
        time.set(START.minusSeconds(1_000));
        assertEquals(START, clock.now());
        time.count(Duration.ofSeconds(5));
        assertEquals(START.plusSeconds(5), clock.now());
    }

    @Test
    void followsTheHostsClockForwardAndStaysThere() {
        time.set(START.plusSeconds(100));
        assertEquals(START.plusSeconds(100), clock.now());
        time.set(START);
        assertEquals(START.plusSeconds(100), clock.now());
    }

    @Test
    void isNeverBehindWhatItObserved() {
        clock.observe(START.plusSeconds(500));
        assertEquals(START.plusSeconds(500), clock.now());
        time.count(Duration.ofSeconds(7));
        assertEquals(START.plusSeconds(507), clock.now());
    }

    @Test
    void observingThePastChangesNothing() {
        clock.observe(START.minusSeconds(500));
        assertEquals(START, clock.now());
    }
}
