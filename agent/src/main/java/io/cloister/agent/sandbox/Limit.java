package io.cloister.agent.sandbox;

/// What a run may use only so much of. Each has a bound in [Limits].
public enum Limit {
    /// Bytes of memory: inputs, code, scratch files and what all processes hold.
    MEMORY,
    /// Processor time of all processes together.
    CPU,
    /// Time since user code started.
    WALL,
    /// Processes at one time.
    PROCESSES,
    /// Bytes written to one consumer.
    OUTPUT
}
