package io.cloister.launcher.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Kills an agent with everything it started: its descendants, and its process group, whose leader
/// it is.
final class ProcessTree {
    private static final String KILL_GROUP = "kill -KILL -\"$1\" 2>/dev/null";
    private static final long PATIENCE_SECONDS = 10;
    private static final int START_TIME = 22 - 3;

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

    /// Notes which process an enclave is: its number, when it started in clock ticks since the
    /// machine did, and which start of the machine that was. All three tell it from another that
    /// got the same number later, whatever the wall clock did.
    static void note(ProcessHandle agent, Path file) throws IOException {
        PrivateFolder.write(file, identity(agent.pid()).getBytes(StandardCharsets.US_ASCII));
    }

    /// The noted process, if it still runs.
    static Optional<ProcessHandle> noted(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        String noted = Files.readString(file, StandardCharsets.ISO_8859_1);
        int blank = noted.indexOf(' ');
        if (blank < 0 || !noted.substring(0, blank).matches("[1-9][0-9]{0,9}")) {
            return Optional.empty();
        }
        long pid = Long.parseLong(noted.substring(0, blank));
        try {
            return identity(pid).equals(noted) ? ProcessHandle.of(pid) : Optional.empty();
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    /// From proc(5): field 22 of `/proc/PID/stat`, counted behind the command's name, which may
    /// hold anything.
    private static String identity(long pid) throws IOException {
        String stat =
                Files.readString(
                        Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
        String startTime = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[START_TIME];
        String boot =
                Files.readString(
                        Path.of("/proc/sys/kernel/random/boot_id"), StandardCharsets.US_ASCII);
        return pid + " " + startTime + " " + boot.strip();
    }
}
