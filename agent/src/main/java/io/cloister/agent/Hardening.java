package io.cloister.agent;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Closes this process to others: no core file, no debugger, no reading of its memory, by any
/// process but root's, also of the same user (prctl(2), PR_SET_DUMPABLE). The virtual machine's own
/// door, the attach mechanism, can only be closed when it starts; that is checked.
///
/// It takes 50 ms of a processor, so it runs beside what needs no secret.
final class Hardening {
    private static final int PR_GET_DUMPABLE = 3;
    private static final int PR_SET_DUMPABLE = 4;
    private static final int RLIMIT_CORE = 4;
    private static final String NO_ATTACHING = "-XX:+DisableAttachMechanism";

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
        require(
                List.of(arguments).contains(NO_ATTACHING),
                "the virtual machine was started without " + NO_ATTACHING);
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
            return true;
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException("no call of the C library can be made: " + e.getClass(), e);
        }
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
