package io.cloister.launcher.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Kills an agent with everything it started. What is named by a number is named together with when
/// it started; what is left of a process group is killed by its leader, from within
/// ([AgentCommand]).
final class ProcessTree {
    private static final long PATIENCE_SECONDS = 10;
    private static final int START_TIME = 22 - 3;

    private ProcessTree() {}

    /// Kills what `leader` started, so that it kills what is left of its group and ends; and kills
    /// it if it does not, or started nothing.
    static void kill(ProcessHandle leader) {
        List<ProcessHandle> descendants = leader.descendants().toList();
        descendants.forEach(ProcessHandle::destroyForcibly);
        if (descendants.isEmpty() || !ends(leader)) {
            leader.destroyForcibly();
        }
    }

    private static boolean ends(ProcessHandle leader) {
        try {
            leader.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException _) {
            return false;
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
