package io.cloister.agent.sandbox;

import java.time.Duration;

/// What one run may use.
///
/// @param memoryBytes inputs, code, scratch files and all processes together; at least 64 MiB
/// @param cpu processor time of all processes together, counted from the start of user code
/// @param wall time from the start of user code
/// @param processes processes at one time, at least 1; with 1 there is no `fork`, while threads
///   always work
/// @param cores processors the run may use at once, at least 1; more than the machine has means all
///   of them
/// @param outputBytesPerConsumer all bytes written to one consumer, replaced results included
/// @param logBytes bytes kept of what the code prints; the rest is read and thrown away
public record Limits(
        long memoryBytes,
        Duration cpu,
        Duration wall,
        int processes,
        int cores,
        long outputBytesPerConsumer,
        int logBytes) {
    /// The least `memoryBytes`.
    public static final long LEAST_MEMORY_BYTES = 64L << 20;

    private static final int MOST_LOG_BYTES = 64 << 20;

    public Limits {
        require(memoryBytes >= LEAST_MEMORY_BYTES, "memoryBytes is below 64 MiB");
        require(cpu.isPositive(), "cpu is not positive");
        require(wall.isPositive(), "wall is not positive");
        require(processes >= 1, "processes is below 1");
        require(cores >= 1, "cores is below 1");
        require(outputBytesPerConsumer >= 0, "outputBytesPerConsumer is negative");
        require(logBytes >= 0 && logBytes <= MOST_LOG_BYTES, "logBytes is not from 0 to 64 MiB");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
