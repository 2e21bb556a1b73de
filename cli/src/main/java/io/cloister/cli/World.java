package io.cloister.cli;

import java.io.Console;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/// What a command sees of the world outside.
///
/// @param in standard input
/// @param out standard output: what was asked for, nothing else
/// @param err standard error: errors, hints, questions, progress
/// @param terminal whether a person sits there
/// @param folder the working folder
/// @param environment variables
/// @param clock this machine's
/// @param random for keys
record World(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean terminal,
        Path folder,
        Map<String, String> environment,
        Clock clock,
        SecureRandom random) {
    World {
        environment = Map.copyOf(environment);
    }

    /// The process's own.
    static World ofProcess() {
        return new World(
                System.in,
                System.out,
                System.err,
                console().isPresent(),
                Path.of("").toAbsolutePath(),
                System.getenv(),
                Clock.systemUTC(),
                new SecureRandom());
    }

    /// The terminal, if a person sits there.
    static Optional<Console> console() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal);
    }

    /// A path as given on the command line.
    Path path(String text) {
        return folder.resolve(text);
    }
}
