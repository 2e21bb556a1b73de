package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Where a part of the isolation cannot be had there is no sandbox, and the reason says which part
/// and what helps.
///
/// Machines that forbid something are made with a user namespace around the agent.
final class FailClosedTest {
    @TempDir private Path folder;

    @BeforeEach
    void demandTheTool() throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/unshare"))
                        && new ProcessBuilder("/usr/bin/unshare", "-Ur", "true").start().waitFor()
                                == 0,
                "unshare(1) is not installed or not allowed here");
    }

    private String agentInside(String... prefix) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(prefix));
        command.addAll(
                SandboxMain.command(
                        SandboxMain.classPath(), TestPython.packageFolder(), folder, "telling"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor() != 0, said);
        return said;
    }

    @Test
    void withoutUserNamespaces() throws Exception {
        String said =
                agentInside(
                        "/usr/bin/unshare",
                        "--user",
                        "--keep-caps",
                        "sh",
                        "-c",
                        "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"",
                        "sh");

        assertTrue(
                said.contains(
                        "this machine cannot isolate a run: unshare(0x7e020000): ENOSPC (No space"
                                + " left on device). User namespaces must be allowed: sysctl"
                                + " user.max_user_namespaces (above 0)"),
                said);
    }

    @Test
    void whereNoOtherUserExistsForRoot() throws Exception {
        String said = agentInside("/usr/bin/unshare", "--user", "--map-root-user");

        assertTrue(said.contains("this machine cannot isolate a run: change to user 5"), said);
        assertTrue(
                said.contains(
                        ": EPERM (Operation not permitted). Root must be able to become a user"),
                said);
    }

    @Test
    void whereProcIsCovered() throws Exception {
        String said =
                agentInside(
                        "/usr/bin/unshare",
                        "--user",
                        "--map-root-user",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs none /proc/sys && exec /usr/bin/unshare --user"
                                + " --map-user=1000 --map-group=1000 \"$@\"",
                        "sh");

        assertTrue(
                said.contains("this machine cannot isolate a run: mount of proc on proc: EPERM"),
                said);
        assertTrue(said.contains("A container must not mask parts of /proc"), said);
    }
}
