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
import java.util.Optional;

/// The agent as root and as an ordinary user. As an ordinary user every other test of this package
/// runs that way too.
final class OrdinaryUserTest {
    private static final int USER = 54_321;
    private static final String EXPECTED =
            """
            namespaces Success[]
            no network
            no files
            1000 ['1', '2']
            b'input'
            ['CapEff:\\t0000000000000000\\n']
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
            Path classes = folder.resolve("classes");
            for (String place : SandboxMain.classPath().split(":")) {
                Folders.copy(Path.of(place), classes);
            }
            give(folder, USER);

            assertEquals(
                    EXPECTED,
                    outputOf(
                            SandboxMain.spawn(
                                    Optional.of(USER),
                                    classes.toString(),
                                    packageFolder,
                                    folder,
                                    "telling")));
        } finally {
            Folders.delete(folder);
        }
    }

    private static void give(Path folder, int user) throws IOException {
        try (var entries = Files.walk(folder)) {
            for (Path entry : entries.toList()) {
                Files.setAttribute(entry, "unix:uid", user);
            }
        }
    }
}
