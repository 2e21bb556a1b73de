package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The agent as root and as an ordinary user. As an ordinary user every other test of this package
/// runs that way too.
final class OrdinaryUserTest {
    static final int USER = 54_321;
    private static final String EXPECTED =
            """
            namespaces Success[]
            no network
            no files
            1000 ['1', '2']
            b'input'
            ['CapEff:\\t0000000000000000\\n']
            """;

    private static final String PEEK =
            """
            import os, sys
            def shown(path):
                try: return open(path, 'rb').read()
                except OSError: return b''
            own = sys.argv[1].encode()
            pids = [p for p in os.listdir('/proc') if p.isdigit() and p != str(os.getpid())
                    and own in shown(f'/proc/{p}/cmdline') and b'java' not in shown(f'/proc/{p}/cmdline')]
            for p in pids:
                for name, look in (('mem', open), ('environ', open), ('maps', lambda f: open(f).read()),
                                   ('fd', os.listdir), ('root', os.listdir), ('ns/user', open)):
                    try: look(f'/proc/{p}/{name}'); print('SEEN', name)
                    except PermissionError: pass
            print(len(pids), 'processes refused')
            """;

    private static boolean isRoot() throws IOException {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    }

    private static String outputOf(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    @Test
    void whoeverStartsTheAgentTheSandboxIsTheSame(@TempDir Path folder) throws Exception {
        assertEquals(
                EXPECTED,
                outputOf(
                        SandboxMain.spawn(
                                Optional.empty(), TestPython.packageFolder(), folder, "telling")));
    }

    @Test
    void anOrdinaryUserGetsItByUserNamespaces() throws Exception {
        asOrdinaryUser((classPath, packageFolder, folder) ->
                assertEquals(
                        EXPECTED,
                        outputOf(
                                SandboxMain.spawn(
                                        Optional.of(USER),
                                        classPath,
                                        packageFolder,
                                        folder,
                                        "telling"))));
    }

    @Test
    void anOrdinaryUserHasPackagesCopiedWhenTheyAreImported() throws Exception {
        asOrdinaryUser((classPath, packageFolder, folder) ->
                assertEquals(
                        "namespaces Success[]\n[]\n7 ['shelf']\nRead-only file system\n",
                        outputOf(
                                SandboxMain.spawn(
                                        Optional.of(USER),
                                        classPath,
                                        packageFolder,
                                        folder,
                                        "importing"))));
    }

    @Test
    void evenProcessesOfTheSameUserCannotLookIntoIt() throws Exception {
        asOrdinaryUser((classPath, packageFolder, folder) -> {
            Process agent =
                    SandboxMain.spawn(
                            Optional.of(USER), classPath, packageFolder, folder, "endless");
            try {
                assertEquals("started", agent.inputReader(StandardCharsets.UTF_8).readLine());
                assertEquals(
                        "5 processes refused\n",
                        outputOf(
                                new ProcessBuilder(
                                                "setpriv",
                                                "--reuid=" + USER,
                                                "--regid=" + USER,
                                                "--clear-groups",
                                                "/usr/bin/python3",
                                                "-c",
                                                PEEK,
                                                packageFolder.toString())
                                        .redirectErrorStream(true)
                                        .start()));
            } finally {
                agent.destroyForcibly().waitFor();
            }
        });
    }

    interface Attempt {
        void with(String classPath, Path packageFolder, Path folder)
                throws IOException, InterruptedException;
    }

    static void asOrdinaryUser(Attempt attempt) throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                isRoot(),
                "only root can become another user; the other tests are by an ordinary one");
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv is not installed");
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/python3")),
                "no python3 that others may start");
        Path folder =
                Files.createTempDirectory(
                        "cloister-user-",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        try {
            Path packageFolder = folder.resolve("python");
            Folders.copy(TestPython.packageFolder(), packageFolder);
            String classPath = copyOfClassPath(Files.createDirectory(folder.resolve("classes")));
            give(folder, USER);
            attempt.with(classPath, packageFolder, folder);
        } finally {
            Folders.delete(folder);
        }
    }

    /// The class path's folders and jars, copied to where the ordinary user may read them.
    private static String copyOfClassPath(Path target) throws IOException {
        List<String> copies = new ArrayList<>();
        for (String place : SandboxMain.classPath().split(":")) {
            Path source = Path.of(place);
            Path copy = target.resolve(copies.size() + "-" + source.getFileName());
            if (Files.isDirectory(source)) {
                Folders.copy(source, copy);
            } else {
                Files.copy(source, copy);
            }
            copies.add(copy.toString());
        }
        return String.join(":", copies);
    }

    private static void give(Path folder, int user) throws IOException {
        try (var entries = Files.walk(folder)) {
            for (Path entry : entries.toList()) {
                Files.setAttribute(entry, "unix:uid", user);
            }
        }
    }
}
