package io.cloister.cli;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Runs commands within this process, for tests that run very many of them.
public final class InProcess {
    private InProcess() {}

    /// What a command printed.
    ///
    /// @param exit its exit code
    /// @param out standard output
    /// @param err standard error
    public record Outcome(int exit, String out, String err) {}

    /// Runs one command that works with the key store `home`, in the folder `folder`.
    public static Outcome run(Path home, Path folder, List<String> arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var world =
                new World(
                        InputStream.nullInputStream(),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false,
                        folder,
                        Map.of("CLOISTER_HOME", home.toString()),
                        Clock.systemUTC(),
                        new SecureRandom());
        int exit = Cli.run(world, new ArrayList<>(arguments).toArray(String[]::new));
        return new Outcome(
                exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
