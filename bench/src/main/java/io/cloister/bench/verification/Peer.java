package io.cloister.bench.verification;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Another verifier, as a program that measures itself: `COMMAND FOLDER ROUNDS` prints the
/// nanoseconds of one verification, one line a round.
///
/// @param name with its version
/// @param kind what it verifies
/// @param command and first arguments
record Peer(String name, Kind kind, List<String> command) {
    Peer {
        command = List.copyOf(command);
    }

    /// Reads `NAME=KIND=COMMAND ARGUMENT …`.
    static Peer parse(String text) {
        List<String> parts = List.of(text.split("=", 3));
        return new Peer(parts.get(0), Kind.valueOf(parts.get(1)), List.of(parts.get(2).split(" ")));
    }

    /// Lets it verify what is in `folder`.
    ///
    /// @throws IOException if it fails, with what it says
    Figures measure(Path folder, int rounds) throws IOException, InterruptedException {
        var all = new ArrayList<>(command);
        all.add(folder.toString());
        all.add(Integer.toString(rounds));
        Path said = folder.resolve("stderr");
        Process process = new ProcessBuilder(all).redirectError(said.toFile()).start();
        process.getOutputStream().close();
        List<Double> nanos;
        try (InputStream out = process.getInputStream()) {
            nanos =
                    new String(out.readAllBytes(), StandardCharsets.US_ASCII)
                            .lines()
                            .map(Double::valueOf)
                            .toList();
        }
        if (process.waitFor() != 0 || nanos.isEmpty()) {
            throw new IOException("it says: " + Files.readString(said).strip());
        }
        return new Figures(nanos);
    }
}
