package io.cloister.agent.sandbox;

import java.io.IOException;
import java.io.OutputStream;

/// Wheels to install in a sandbox before it is ready. They come with the code, in clear: whether
/// they are the agreed ones is the giver's to check, before [#send] returns; what is in them, the
/// sandbox checks.
@FunctionalInterface
public interface Wheels {
    /// Sends all of them, to each sandbox once.
    ///
    /// @throws IOException if they can't be had or are not the agreed ones: nothing of them is used
    void send(Into sandbox) throws IOException;

    /// Takes wheels.
    @FunctionalInterface
    interface Into {
        /// Adds one.
        ///
        /// @param fileName as in `toml-0.10.2-py2.py3-none-any.whl`
        /// @return the stream to write it to; close it before the next
        /// @throws IOException if the sandbox has ended
        OutputStream wheel(String fileName) throws IOException;
    }
}
