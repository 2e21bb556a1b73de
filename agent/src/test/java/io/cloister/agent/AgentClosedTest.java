package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A process of the agent's own user looks for a way into the agent's memory. As root the test
/// makes both an ordinary user's, as nothing is closed to root.
class AgentClosedTest {
    private static final int USER = 54_322;
    private static final Path PYTHON = Path.of("/usr/bin/python3");

    /// Prints what came of each way into the process of the first argument.
    private static final String PEEK =
            """
            import ctypes, os, sys
            pid = int(sys.argv[1])
            libc = ctypes.CDLL(None, use_errno=True)
            def checked(result):
                if result < 0: raise OSError(ctypes.get_errno(), '')
            def word():
                place = next(int(line.split('-')[0], 16) for line in open('/proc/self/maps'))
                piece = (ctypes.c_void_p * 2)(ctypes.cast(ctypes.create_string_buffer(8), ctypes.c_void_p), 8)
                checked(libc.process_vm_readv(pid, piece, 1, (ctypes.c_void_p * 2)(place, 8), 1, 0))
            def descriptor():
                checked(libc.syscall(438, os.pidfd_open(pid), 0, 0))
            for name, way in (
                ('mem', lambda: open(f'/proc/{pid}/mem', 'rb')),
                ('maps', lambda: open(f'/proc/{pid}/maps').read()),
                ('environ', lambda: open(f'/proc/{pid}/environ', 'rb').read()),
                ('auxv', lambda: open(f'/proc/{pid}/auxv', 'rb').read()),
                ('fd', lambda: os.listdir(f'/proc/{pid}/fd')),
                ('root', lambda: os.listdir(f'/proc/{pid}/root/')),
                ('process_vm_readv', word),
                ('pidfd_getfd', descriptor),
                ('ptrace attach', lambda: checked(libc.ptrace(16, pid, 0, 0))),
                ('ptrace seize', lambda: checked(libc.ptrace(0x4206, pid, 0, 0))),
            ):
                try: way(); print(name, 'OPEN')
                except PermissionError: print(name, 'refused')
                except OSError as error: print(name, type(error).__name__, error.errno)
            """;

    private static boolean isRoot() throws IOException {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    }

    private static List<String> asUser(List<String> command) throws IOException {
        List<String> all = new ArrayList<>();
        if (isRoot()) {
            all.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups"));
        }
        all.addAll(command);
        return all;
    }

    private static String printedBy(List<String> command) throws Exception {
        Process process = new ProcessBuilder(asUser(command)).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return output;
    }

    private static String peek(long pid) throws Exception {
        return printedBy(List.of(PYTHON.toString(), "-c", PEEK, Long.toString(pid)));
    }

    /// The files of a process that cannot be dumped belong to root.
    private static void awaitClosed(Process agent) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        Path maps = Path.of("/proc", Long.toString(agent.pid()), "maps");
        while (System.nanoTime() < deadline && agent.isAlive()) {
            try {
                if (isJava(agent) && (int) Files.getAttribute(maps, "unix:uid") == 0) {
                    return;
                }
            } catch (NoSuchFileException _) {
                break;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        throw new AssertionError(
                "the agent did not close itself: "
                        + new String(
                                agent.getErrorStream().readNBytes(2_000), StandardCharsets.UTF_8));
    }

    private static boolean isJava(Process agent) throws IOException {
        return Files.readString(
                        Path.of("/proc", Long.toString(agent.pid()), "cmdline"),
                        StandardCharsets.ISO_8859_1)
                .startsWith(java());
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private interface Attempt {
        void with(Process agent) throws Exception;
    }

    private static void onAnAgent(Attempt attempt) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(PYTHON), "no python3 that others may start");
        if (isRoot()) {
            Assumptions.assumeTrue(
                    Files.isExecutable(Path.of("/usr/bin/setpriv")),
                    "root can read any memory, and setpriv, to be somebody else, is not installed");
        }
        Path folder =
                Files.createTempDirectory(
                        "cloister-closed-",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        String classPath = copyOfClassPath(folder);
        Process agent =
                new ProcessBuilder(
                                asUser(
                                        List.of(
                                                java(),
                                                "-XX:+UseSerialGC",
                                                "-XX:TieredStopAtLevel=1",
                                                "-XX:+DisableAttachMechanism",
                                                "-XX:-UsePerfData",
                                                "--enable-native-access=ALL-UNNAMED",
                                                "-cp",
                                                classPath,
                                                Main.class.getName())))
                        .start();
        try {
            awaitClosed(agent);
            attempt.with(agent);
        } finally {
            agent.destroyForcibly().waitFor();
            try (var entries = Files.walk(folder)) {
                for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(entry);
                }
            }
        }
    }

    /// The class path, copied to where the ordinary user may read it.
    private static String copyOfClassPath(Path folder) throws IOException {
        List<String> copies = new ArrayList<>();
        for (String place : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path source = Path.of(place);
            if (!Files.exists(source)) {
                continue;
            }
            Path copy = folder.resolve(copies.size() + "-" + source.getFileName());
            try (var entries = Files.walk(source)) {
                for (Path entry : entries.toList()) {
                    Path target = copy.resolve(source.relativize(entry).toString());
                    Files.copy(entry, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
            copies.add(copy.toString());
        }
        if (isRoot()) {
            try (var entries = Files.walk(folder)) {
                for (Path entry : entries.toList()) {
                    Files.setAttribute(entry, "unix:uid", USER);
                }
            }
        }
        return String.join(File.pathSeparator, copies);
    }

    @Test
    void noOtherProcessOfItsUserCanLookIntoIt() throws Exception {
        onAnAgent(agent ->
                assertEquals(
                        """
                        mem refused
                        maps refused
                        environ refused
                        auxv refused
                        fd refused
                        root refused
                        process_vm_readv refused
                        pidfd_getfd refused
                        ptrace attach refused
                        ptrace seize refused
                        """,
                        peek(agent.pid())));
    }

    @Test
    void theSameLookFindsWhatIsOpen() throws Exception {
        Assumptions.assumeTrue(
                Files.notExists(Path.of("/proc/sys/kernel/yama/ptrace_scope"))
                        || Files.readString(Path.of("/proc/sys/kernel/yama/ptrace_scope"))
                                .startsWith("0"),
                "this machine's kernel closes every process to others of its user");
        onAnAgent(_ -> {
            Process open = new ProcessBuilder(asUser(List.of("/bin/sleep", "1000"))).start();
            try {
                String seen = peek(open.pid());
                for (String way : List.of("mem", "maps", "environ", "fd", "ptrace attach")) {
                    assertTrue(seen.contains(way + " OPEN\n"), seen);
                }
            } finally {
                open.destroyForcibly();
            }
        });
    }

    @Test
    void noDebuggerCanAttach() throws Exception {
        onAnAgent(agent -> {
            Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
            Assumptions.assumeTrue(Files.isExecutable(jcmd), "no jcmd in this JDK");
            Process asking =
                    new ProcessBuilder(
                                    asUser(
                                            List.of(
                                                    jcmd.toString(),
                                                    Long.toString(agent.pid()),
                                                    "GC.heap_info")))
                            .redirectErrorStream(true)
                            .start();
            String said =
                    new String(asking.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(asking.waitFor(60, TimeUnit.SECONDS));
            assertNotEquals(0, asking.exitValue(), said);
            assertFalse(said.contains("heap"), said);
            assertTrue(agent.isAlive());
        });
    }

    @Test
    void noCoreIsWritten() throws Exception {
        onAnAgent(agent ->
                assertTrue(
                        Files.readString(Path.of("/proc", Long.toString(agent.pid()), "limits"))
                                .contains(
                                        "Max core file size        0                    0       "),
                        "the limit of core files"));
    }
}
