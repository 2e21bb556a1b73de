package io.cloister.agent.sandbox;

import java.io.IOException;
import java.io.OutputStream;

/// Takes what a run produces while it produces it. Called by one thread; a slow observer slows the
/// code down.
public interface RunObserver {
    /// Opens the place for a result. Its bytes are written to the stream as they come, and the
    /// stream is closed when the code has closed the result. A result that the code leaves open is
    /// never closed: nothing is released then.
    ///
    /// @throws IOException to end the run; [Sandbox#run] throws it on. So does a stream's `write`
    ///   or `close`
    OutputStream open(OutputKey key) throws IOException;

    /// User code is about to start: from here on the run counts.
    default void started() {}

    /// The code has printed something, as far as [Limits#logBytes] keeps it. Called by a thread of
    /// its own, in order; nobody listens but who tries code on a machine of one's own.
    default void printed(byte[] text) {}
}
