package io.cloister.client.server;

/// Hears how far a long piece of work is. Called from the working thread; must return quickly.
@FunctionalInterface
public interface Progress {
    /// Nobody listens.
    Progress NONE = (what, done, total) -> {};

    /// Hears that `done` of `total` bytes are done.
    ///
    /// @param what the piece of work, as in `upload sales.csv`; may hold a name someone else chose
    /// @param done bytes so far
    /// @param total bytes in all
    void at(String what, long done, long total);
}
