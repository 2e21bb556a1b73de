package io.cloister.agent.sandbox;

import java.util.Optional;
import java.util.OptionalInt;

/// One frame from the loader, or from user code in its place: well-formed, and not to be believed.
sealed interface LoaderMessage {
    /// The sandbox is built and warm.
    ///
    /// @param packages bytes that the installed wheels take
    record Ready(long packages) implements LoaderMessage {}

    /// The interpreter cannot serve. Only measured code has run by then.
    record Unready(String reason) implements LoaderMessage {}

    /// The wheels are not installed. Only measured code has run by then.
    record Uninstallable(String reason) implements LoaderMessage {}

    /// A new result.
    ///
    /// @param id the next free number, from 0
    /// @param consumer for whom; empty means for all
    /// @param name empty for the default result
    record Open(int id, OptionalInt consumer, Optional<String> name) implements LoaderMessage {}

    /// More of a result. The bytes stay in the reader's buffer until the next frame.
    record Write(int id, int length) implements LoaderMessage {}

    /// A result is complete.
    record Close(int id) implements LoaderMessage {}

    /// Why the run failed, in full.
    record Traceback(String text) implements LoaderMessage {}

    /// The last frame: success, or a failure with the line of `run.py`, 0 for none.
    record Finished(Optional<FailureClass> failure, int line) implements LoaderMessage {}
}
