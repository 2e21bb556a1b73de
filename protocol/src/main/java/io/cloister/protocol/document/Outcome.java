package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;

/// How a run ended. An enumeration on purpose: an exit number would carry data out.
public enum Outcome {
    SUCCESS,
    /// User code ended with an uncaught exception.
    EXCEPTION,
    /// User code ended the interpreter with a status other than 0.
    EXIT,
    /// The interpreter died by a signal.
    CRASH,
    /// More memory than agreed.
    LIMIT_MEMORY,
    /// More processor time than agreed.
    LIMIT_CPU,
    /// More wall-clock time than agreed.
    LIMIT_WALL,
    /// More processes than agreed.
    LIMIT_PROCESSES,
    /// A larger output than agreed.
    LIMIT_OUTPUT,
    /// User code ended without writing any output.
    NO_OUTPUT,
    /// A streamed input was not what its provider signed, or didn't open.
    INPUTS,
    /// Stopped from outside before it ended.
    STOPPED;

    /// Reads the word on the wire.
    ///
    /// @throws MalformedException if there is no such word, naming `path`
    public static Outcome parse(String text, String path) throws MalformedException {
        return Words.parse(Outcome.class, text, path);
    }

    /// The word on the wire.
    public String word() {
        return Words.of(this);
    }

    @Override
    public String toString() {
        return word();
    }
}
