package io.cloister.agent;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Closes this process to others: no core file, and from then on no debugger and no reading of its
/// memory, by any process but root's, also of the same user (prctl(2), PR_SET_DUMPABLE). The
/// virtual machine's own door, the attach mechanism, can only be closed when it starts; that is
/// checked, and that no debugger was there before. A process that opened `/proc/PID/mem` before
/// cannot be seen.
///
/// It takes 50 ms of a processor, so it runs beside what needs no secret.
final class Hardening {
    private static final int PR_GET_DUMPABLE = 3;
    private static final int PR_SET_DUMPABLE = 4;
    private static final int RLIMIT_CORE = 4;
    private static final String NO_ATTACHING = "-XX:+DisableAttachMechanism";

    /// How an argument opens what another closed: the last of two holds, and files name more.
    private static final List<String> OPENING =
            List.of("-XX:-DisableAttachMechanism", "-XX:Flags=", "-XX:VMOptionsFile=", "@");

    /// Whose values the virtual machine takes as further arguments.
    private static final List<String> MORE_ARGUMENTS =
            List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS");

    private final FutureTask<Boolean> task = new FutureTask<>(Hardening::harden);

    private Hardening() {}

    /// Begins it.
    static Hardening begin() {
        var hardening = new Hardening();
        Thread.ofPlatform().daemon().name("agent-hardening").start(hardening.task);
        return hardening;
    }

    /// Waits until it is done.
    ///
    /// @throws IOException if it can't be done: no secret may come here then
    void complete() throws IOException, InterruptedException {
        try {
            task.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw new IOException(
                    "this process can't be closed to others: "
                            + (cause == null ? "" : String.valueOf(cause.getMessage())),
                    e);
        }
    }

    private static boolean harden() throws IOException {
        String[] arguments = ProcessHandle.current().info().arguments().orElse(new String[0]);
        requireNoAttaching(List.of(arguments), System.getenv());
        try (Arena arena = Arena.ofConfined()) {
            // Two numbers of the machine's word: what holds now, and the most it may be set to.
            MemorySegment none = arena.allocate(ValueLayout.JAVA_LONG, 2);
            MethodHandle setrlimit =
                    function("setrlimit", ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
            require(
                    (int) setrlimit.invokeExact(RLIMIT_CORE, none) == 0,
                    "setrlimit(RLIMIT_CORE, 0) failed");
            MethodHandle prctl =
                    function(
                            "prctl",
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG);
            require(
                    (int) prctl.invokeExact(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0
                            && (int) prctl.invokeExact(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 0,
                    "prctl(PR_SET_DUMPABLE, 0) failed");
            // Only now, as until now one could come.
            requireNoDebugger(Path.of("/proc/self/task"));
            return true;
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException("no call of the C library can be made: " + e.getClass(), e);
        }
    }

    /// Refuses a virtual machine that others may attach to, or that took options which cannot be
    /// seen.
    ///
    /// @param arguments of this process
    /// @param environment of this process
    static void requireNoAttaching(List<String> arguments, Map<String, String> environment)
            throws IOException {
        require(
                arguments.contains(NO_ATTACHING),
                "the virtual machine was started without " + NO_ATTACHING);
        for (String opening : OPENING) {
            require(
                    arguments.stream().noneMatch(argument -> argument.startsWith(opening)),
                    "the virtual machine was started with an argument " + opening);
        }
        for (String name : MORE_ARGUMENTS) {
            require(!environment.containsKey(name), name + " is set in the environment");
        }
    }

    /// Refuses a process of which any thread is traced: whoever traced it before it was closed goes
    /// on. See proc_pid_status(5), TracerPid.
    ///
    /// @param tasks the folder with a folder for each thread
    static void requireNoDebugger(Path tasks) throws IOException {
        int seen = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
            for (Path thread : threads) {
                if (isFree(thread)) {
                    seen++;
                }
            }
        } catch (DirectoryIteratorException e) {
            throw new IOException("threads that cannot be listed", e);
        }
        require(seen > 0, "no thread could be seen");
    }

    /// Whether the thread lives; a thread that is traced is refused.
    private static boolean isFree(Path thread) throws IOException {
        String status;
        try {
            status = Files.readString(thread.resolve("status"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            if (Files.notExists(thread)) {
                return false; // it has just ended
            }
            throw e;
        }
        require(
                status.lines().anyMatch("TracerPid:\t0"::equals),
                "a debugger was attached before it closed");
        return true;
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, ValueLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    private static void require(boolean holds, String otherwise) throws IOException {
        if (!holds) {
            throw new IOException(otherwise);
        }
    }
}
