package io.cloister.agent.sandbox;

import java.io.IOException;
import java.io.InputStream;

/// Where streamed inputs come from while the code runs. Called by one thread.
@FunctionalInterface
public interface InputFeed {
    /// Begins an input, each once.
    ///
    /// @param stream the position among the inputs that [Sandbox#addStream] announced, from 0
    /// @return its content; closed when the code says it is done with it, at its end or before, and
    ///   left as it is when the code ends without a word
    /// @throws IOException to end the run, as may the stream's `read` and `close`; [Sandbox#run]
    ///   then returns with [RunOutcome.Stopped]
    InputStream open(int stream) throws IOException;
}
