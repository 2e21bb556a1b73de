package io.cloister.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/// A command line that was run in `folder`, with no terminal.
///
/// @param exit its code
/// @param out standard output
/// @param err standard error
record CommandLineRun(int exit, String out, String err) {
    static CommandLineRun in(Path folder, String... arguments) {
        return in(folder, Clock.systemUTC(), arguments);
    }

    static CommandLineRun in(Path folder, Clock clock, String... arguments) {
        return in(folder, clock, Map.of(), arguments);
    }

    /// @param environment besides `HOME`
    static CommandLineRun in(
            Path folder, Clock clock, Map<String, String> environment, String... arguments) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("HOME", folder.resolve("user").toString());
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var world =
                new World(
                        new ByteArrayInputStream(new byte[0]),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false,
                        folder,
                        all,
                        clock,
                        new SecureRandom());
        int exit = Cli.run(world, arguments);
        return new CommandLineRun(
                exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
