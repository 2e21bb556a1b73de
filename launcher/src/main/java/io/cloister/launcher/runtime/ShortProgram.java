package io.cloister.launcher.runtime;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs a helper program to its end and takes what it wrote.
final class ShortProgram {
    private static final int MAX_TEXT = 16 << 10;
    private static final int TIMED_OUT = -1;

    private ShortProgram() {}

    /// @param status the exit status, or -1 if it was killed because it took too long
    /// @param output what it wrote to standard output, the last 16 KiB
    /// @param errors what it wrote to standard error, the last 16 KiB
    record Outcome(int status, String output, String errors) {}

    static Outcome run(
            List<String> command, Map<String, String> environment, Path folder, Duration patience)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("cloister-", ".out");
        Path errors = Files.createTempFile("cloister-", ".err");
        try {
            var builder =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .redirectOutput(output.toFile())
                            .redirectError(errors.toFile());
            builder.environment().clear();
            builder.environment().putAll(environment);
            return new Outcome(status(builder.start(), patience), tail(output), tail(errors));
        } finally {
            Files.deleteIfExists(output);
            Files.deleteIfExists(errors);
        }
    }

    private static int status(Process process, Duration patience) throws InterruptedException {
        try {
            return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)
                    ? process.exitValue()
                    : TIMED_OUT;
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static String tail(Path file) throws IOException {
        try (var written = new RandomAccessFile(file.toFile(), "r")) {
            written.seek(Math.max(0, written.length() - MAX_TEXT));
            byte[] bytes = new byte[MAX_TEXT];
            int length = Math.max(0, written.read(bytes));
            return new String(bytes, 0, length, StandardCharsets.UTF_8);
        }
    }
}
