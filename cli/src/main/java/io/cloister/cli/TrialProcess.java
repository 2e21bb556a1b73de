package io.cloister.cli;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One run in a process with the agent's sandbox: started as a launcher starts an agent, told what
/// to run on its standard input, ended with this process. Used by one thread, once.
final class TrialProcess implements AutoCloseable {
    private static final JsonLimits ANSWER = new JsonLimits(64 << 20, 8, 1_000_000);
    private static final String MAIN = "io.cloister.trial.Main";
    private static final String PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final int HEAP_MEBIBYTES = 128;

    private final Path folder;
    private final Thread cleaning = new Thread(this::delete);

    TrialProcess() throws IOException {
        this.folder = Files.createTempDirectory("cloister-");
        // What user code wrote is not left behind by Ctrl-C.
        Runtime.getRuntime().addShutdownHook(cleaning);
        Files.createDirectory(results());
    }

    /// A private folder with a short path.
    Path folder() {
        return folder;
    }

    /// The folder that gets the results, in it.
    Path results() {
        return folder.resolve("results");
    }

    /// Runs a job.
    ///
    /// @param classPath jars
    /// @param environment of this process
    /// @param printed told each line that the code prints, by a thread of its own
    /// @throws CommandException if the process did not answer
    TrialAnswer run(
            List<Path> classPath,
            Map<String, String> environment,
            Json job,
            Consumer<String> printed)
            throws CommandException, IOException, InterruptedException {
        var builder = new ProcessBuilder(command(classPath)).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment(environment));
        Process process = builder.start();
        try (OutputStream input = process.getOutputStream()) {
            Thread printing =
                    Thread.ofVirtual().start(() -> lines(process.getErrorStream(), printed));
            input.write((job.text() + "\n").getBytes(StandardCharsets.UTF_8));
            input.flush();
            byte[] answer = process.getInputStream().readNBytes(ANSWER.maxBytes());
            int status = process.waitFor();
            printing.join();
            if (status != 0) {
                throw new CommandException(
                        Exit.BUG,
                        "the trial process ended with status " + status,
                        "what it said is above");
            }
            return TrialAnswer.read(Json.parse(answer, ANSWER, "trial"));
        } catch (MalformedException e) {
            throw new CommandException(Exit.BUG, "the trial process: " + e.getMessage());
        } finally {
            process.destroyForcibly();
        }
    }

    private List<String> command(List<Path> classPath) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-Xmx" + HEAP_MEBIBYTES + "m",
                        "-Xshare:auto",
                        "-XX:-UsePerfData",
                        "-Djava.io.tmpdir=" + folder,
                        "-Dfile.encoding=UTF-8",
                        "-cp",
                        classPath.stream().map(Path::toString).collect(Collectors.joining(":")),
                        MAIN));
        return command;
    }

    /// As a launcher gives it to an agent.
    private static Map<String, String> environment(Map<String, String> own) {
        Map<String, String> given =
                own.entrySet().stream()
                        .filter(one -> one.getKey().startsWith("OPENBLAS_"))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        given.put("PATH", PATH);
        given.put("LANG", "C.UTF-8");
        return given;
    }

    private static void lines(InputStream text, Consumer<String> printed) {
        try (var reader = new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                printed.accept(line);
            }
        } catch (IOException e) {
            printed.accept("(what follows could not be read: " + e.getMessage() + ")");
        }
    }

    /// Deletes the folder.
    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(cleaning);
        } catch (IllegalStateException _) {
            // It runs already.
        }
    }

    private void delete() {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException _) {
            // The folder is private; whoever owns it can delete it.
        }
    }
}
