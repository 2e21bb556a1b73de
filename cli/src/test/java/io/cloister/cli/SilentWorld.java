package io.cloister.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;

/// For a command of which nobody looks at what it prints: nothing comes in or out.
final class SilentWorld {
    private SilentWorld() {}

    /// In the folder `folder`, which is the home, too.
    static World in(Path folder) {
        var nowhere =
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        return new World(
                InputStream.nullInputStream(),
                nowhere,
                nowhere,
                false,
                folder,
                Map.of("HOME", folder.toString()),
                Clock.systemUTC(),
                new SecureRandom());
    }
}
