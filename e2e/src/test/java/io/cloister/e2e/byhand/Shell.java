package io.cloister.e2e.byhand;

import io.cloister.e2e.stage.Checkout;
import io.cloister.launcher.runtime.PythonFinder;
import io.cloister.launcher.runtime.RuntimeStore;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// One person's shell, in a folder that looks like a checkout: `./cloister` starts the command as
/// the build assembled it, `examples` are the repository's. Each line is a `bash` of its own, each
/// command in it a process of its own; nothing but files and the environment goes from one to the
/// next.
final class Shell {
    /// Longer than any command takes on a busy machine; reached only when something hangs.
    static final Duration PATIENCE = Duration.ofMinutes(4);

    /// Answers the question of a program that sits at a terminal, and shows what it printed there.
    private static final String AT_A_TERMINAL =
            """
            import os, pty, sys
            pid, terminal = pty.fork()
            if pid == 0:
                os.execvp("bash", ["bash", "-c", sys.argv[2]])
            seen, answered = b"", False
            while True:
                try:
                    chunk = os.read(terminal, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                sys.stdout.buffer.write(chunk)
                seen += chunk
                if not answered and b"Type yes:" in seen:
                    os.write(terminal, sys.argv[1].encode() + b"\\n")
                    answered = True
            sys.stdout.flush()
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """;

    /// Runs a line in place of itself, to which Ctrl-C means what it does at a terminal, however
    /// these tests were started.
    private static final String INTERRUPTIBLE =
            """
            import os, signal, sys
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execvp("bash", ["bash", "-c", "exec " + sys.argv[1]])
            """;

    private final Path folder;
    private final Path python;
    private final Map<String, String> environment;

    private Shell(Path folder, Path python, Map<String, String> environment) {
        this.folder = folder;
        this.python = python;
        this.environment = environment;
    }

    /// What a line came to.
    ///
    /// @param exit of the last command
    /// @param out standard output
    /// @param err standard error
    record Outcome(int exit, String out, String err) {
        /// The last line of standard output.
        String lastLine() {
            return out.strip().lines().reduce((_, last) -> last).orElse("");
        }
    }

    /// Makes the folder, and a shell in it whose home it is, without a key store of its own yet.
    static Shell in(Path folder) throws Exception {
        Path root = Checkout.root();
        Files.createDirectories(folder);
        Path command = folder.resolve("cloister");
        Files.writeString(command, "#!/bin/sh\nexec " + command(root) + " \"$@\"\n");
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createSymbolicLink(folder.resolve("examples"), root.resolve("examples"));
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.keySet().removeIf(name -> name.startsWith("CLOISTER_"));
        environment.remove("XDG_DATA_HOME");
        environment.put("HOME", folder.toString());
        environment.put("XDG_CACHE_HOME", cache().toString());
        // A shim of a version manager looks for its versions in HOME, which is another here.
        Path python = new PythonFinder(System.getenv()).find().executable();
        environment.put(
                "PATH",
                python.getParent() + File.pathSeparator + System.getenv().getOrDefault("PATH", ""));
        return new Shell(folder, python, environment);
    }

    private static Path cache() {
        return Objects.requireNonNull(RuntimeStore.defaultCache(System.getenv()).getParent());
    }

    /// How `./cloister` ends, without its look at whether a build is due.
    private static String command(Path root) {
        return String.join(
                " ",
                List.of(
                        quoted(Path.of(System.getProperty("java.home"), "bin", "java")),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "${CLOISTER_JAVA_OPTIONS:-}",
                        "-Dcloister.home=" + quoted(root),
                        "-cp",
                        quoted(root.resolve("cli/target/app")) + "'/*'",
                        "io.cloister.cli.Main"));
    }

    private static String quoted(Path path) {
        return "'" + path.toString().replace("'", "'\\''") + "'";
    }

    /// The same shell with `name` exported.
    Shell export(String name, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(name, value);
        return new Shell(folder, python, more);
    }

    /// The folder it is in.
    Path folder() {
        return folder;
    }

    /// Runs one line that has to succeed.
    Outcome run(String line) {
        Outcome outcome = attempt(line);
        if (outcome.exit() != 0) {
            throw new AssertionError(line + "\n" + outcome);
        }
        return outcome;
    }

    /// Runs one line, however it ends. Nobody sits at a terminal.
    Outcome attempt(String line) {
        return finished(line, List.of("bash", "-c", line));
    }

    /// Runs one line at a terminal, where somebody answers the question it asks.
    Outcome answering(String answer, String line) {
        return finished(line, List.of(python.toString(), "-c", AT_A_TERMINAL, answer, line));
    }

    private Outcome finished(String line, List<String> command) {
        try {
            Process process = start(command);
            process.getOutputStream().close();
            CompletableFuture<String> out = text(process.getInputStream());
            CompletableFuture<String> err = text(process.getErrorStream());
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new AssertionError("does not end: " + line + "\n" + out.join() + err.join());
            }
            return new Outcome(process.exitValue(), out.join(), err.join());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static CompletableFuture<String> text(InputStream stream) {
        var text = new CompletableFuture<String>();
        Thread.ofVirtual()
                .start(() -> {
                    try (stream) {
                        text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
                    } catch (IOException e) {
                        text.completeExceptionally(e);
                    }
                });
        return text;
    }

    /// Starts one line and leaves it running; what it prints goes to files named after `name`.
    Background start(String name, String line) throws IOException {
        var out = folder.resolve(name + ".out");
        var err = folder.resolve(name + ".err");
        Process process =
                builder(List.of(python.toString(), "-c", INTERRUPTIBLE, line))
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        process.getOutputStream().close();
        return new Background(process, out, err);
    }

    private Process start(List<String> command) throws IOException {
        return builder(command).start();
    }

    private ProcessBuilder builder(List<String> command) {
        var builder = new ProcessBuilder(new ArrayList<>(command)).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }

    /// A command that goes on while others run.
    ///
    /// @param process its own; it has no shell around it
    /// @param out what it printed so far
    /// @param err its errors so far
    record Background(Process process, Path out, Path err) implements AutoCloseable {
        /// Waits for a line of its output that begins with `start`, and gives the line's rest.
        String awaitLine(String start) throws Exception {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                Optional<String> line =
                        Files.readString(out)
                                .lines()
                                .filter(it -> it.startsWith(start))
                                .findFirst();
                if (line.isPresent()) {
                    return line.get().substring(start.length());
                }
                if (System.nanoTime() > deadline || process.waitFor(20, TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("never said " + start + "\n" + printed());
                }
            }
        }

        /// All it printed.
        String printed() throws IOException {
            return Files.readString(out) + Files.readString(err);
        }

        /// Sends a signal, waits for the end, and gives the exit code.
        int end(String signal) throws Exception {
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("does not end on SIG" + signal + "\n" + printed());
            }
            return process.exitValue();
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
