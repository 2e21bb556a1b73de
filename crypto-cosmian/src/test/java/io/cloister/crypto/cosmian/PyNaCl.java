package io.cloister.crypto.cosmian;

import org.junit.jupiter.api.Assumptions;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// libsodium as PyNaCl has it, in a process of its own. Tests are skipped, and say so, where there
/// is no Python or PyNaCl can't be installed.
final class PyNaCl implements AutoCloseable {
    private static final String PACKAGE = "PyNaCl==1.6.2";
    private static final Duration PATIENCE = Duration.ofSeconds(100);

    private final Process process;
    private final Writer out;
    private final BufferedReader in;

    private PyNaCl(Process process) {
        this.process = process;
        this.out = process.outputWriter(StandardCharsets.US_ASCII);
        this.in = process.inputReader(StandardCharsets.US_ASCII);
    }

    /// Starts it; `folder` keeps what was installed, for the next time.
    static PyNaCl start(Path folder) throws IOException, InterruptedException {
        Path python = folder.resolve("venv/bin/python");
        Path done = folder.resolve("installed");
        if (!Files.exists(done)) {
            Files.createDirectories(folder);
            run("python3", "-m", "venv", "--clear", folder.resolve("venv").toString());
            run(
                    python.toString(),
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--only-binary=:all:",
                    PACKAGE);
            Files.writeString(done, PACKAGE);
        }
        Path script = folder.resolve("peer.py");
        try (InputStream source = PyNaCl.class.getResourceAsStream("peer.py")) {
            Files.copy(Objects.requireNonNull(source), script, StandardCopyOption.REPLACE_EXISTING);
        }
        return new PyNaCl(
                new ProcessBuilder(List.of(python.toString(), script.toString()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            Assumptions.abort("python3 is not installed: " + e.getMessage());
            throw e;
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            Assumptions.abort(PACKAGE + " can't be installed: " + said);
        }
    }

    /// What `name` gives for `arguments`, or nothing if libsodium refuses them.
    Optional<byte[]> call(String name, byte[]... arguments) throws IOException {
        var line = new StringBuilder(name);
        for (byte[] argument : arguments) {
            line.append(' ').append(HexFormat.of().formatHex(argument));
        }
        out.write(line.append('\n').toString());
        out.flush();
        String answer = Objects.requireNonNull(in.readLine(), "PyNaCl's process ended");
        return answer.startsWith("ok ")
                ? Optional.of(HexFormat.of().parseHex(answer.substring(3)))
                : Optional.empty();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
