package io.cloister.launcher.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// Kills an agent with everything it started: its descendants, and its process group, whose leader
/// it is.
final class ProcessTree {
    private static final String KILL_GROUP = "kill -KILL -\"$1\" 2>/dev/null";
    private static final long PATIENCE_SECONDS = 10;

    private ProcessTree() {}

    static void kill(ProcessHandle agent) {
        List<ProcessHandle> descendants = agent.descendants().toList();
        killGroup(agent.pid());
        descendants.forEach(ProcessHandle::destroyForcibly);
        agent.destroyForcibly();
    }

    /// Kills what is left of the group of an agent that is gone. A group's number is not given out
    /// again while it has members.
    static void killGroup(long pid) {
        try {
            Process kill =
                    new ProcessBuilder("/bin/sh", "-c", KILL_GROUP, "sh", Long.toString(pid))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            kill.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (IOException _) {
            // Without a shell there is no agent either.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Notes which process an enclave is. The start time tells it from another that got the same
    /// number later.
    static void note(ProcessHandle agent, Path file) throws IOException {
        PrivateFolder.write(
                file,
                (agent.pid() + " " + startTime(agent).orElse(0))
                        .getBytes(StandardCharsets.US_ASCII));
    }

    /// The noted process, if it still runs.
    static Optional<ProcessHandle> noted(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        String[] words = Files.readString(file).split(" ", -1);
        if (words.length != 2
                || !words[0].matches("[0-9]{1,10}")
                || !words[1].matches("[0-9]{1,15}")) {
            return Optional.empty();
        }
        long started = Long.parseLong(words[1]);
        return ProcessHandle.of(Long.parseLong(words[0]))
                .filter(process -> startTime(process).orElse(-1) == started);
    }

    private static OptionalLong startTime(ProcessHandle process) {
        Optional<Instant> start = process.info().startInstant();
        return start.isPresent()
                ? OptionalLong.of(start.get().toEpochMilli())
                : OptionalLong.empty();
    }
}
