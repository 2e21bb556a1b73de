package io.cloister.launcher.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// How an agent process is started: command and environment. Neither ever holds a secret, for both
/// can be read from outside.
final class AgentCommand {
    /// No core file; a session of its own, so that all of it can be killed and no terminal signal
    /// reaches it.
    private static final String PREPARE = "ulimit -c 0; exec setsid /bin/sh -c \"$0\" \"$@\"";

    /// The leader of the agent's process group: starts the agent, notes how it ended, and kills
    /// what is left of the group, itself included. It does so from within, so that no group is ever
    /// named by a number that somebody else may have by then.
    private static final String KEEPER = "\"$@\"; echo $? > \"$0\"; kill -KILL 0";

    private static final String PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private AgentCommand() {}

    /// @param scratch the agent's only place for temporary files
    /// @param status file for the agent's exit status, in decimal
    static List<String> command(ProcessLauncherSettings settings, Path scratch, Path status)
            throws IOException {
        String classPath =
                settings.image().jars().stream()
                        .map(Path::toString)
                        .collect(Collectors.joining(":"));
        var command =
                new ArrayList<String>(List.of("/bin/sh", "-c", PREPARE, KEEPER, status.toString()));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-Xmx" + settings.heapMebibytes() + "m",
                        "-XX:+ExitOnOutOfMemoryError",
                        // Nothing of the agent's memory is to reach a file or another process.
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=/dev/null",
                        "-XX:-HeapDumpOnOutOfMemoryError",
                        "-XX:+DisableAttachMechanism",
                        "-XX:-UsePerfData",
                        "-Xshare:auto",
                        // It closes itself to others by calls of the C library.
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djava.io.tmpdir=" + scratch,
                        "-Djava.security.egd=file:/dev/urandom",
                        "-Dfile.encoding=UTF-8",
                        "-cp",
                        classPath,
                        settings.mainClass()));
        return command;
    }

    /// Nothing but a path, a locale, and what some hosts set for the linear algebra libraries to
    /// compute correctly.
    static Map<String, String> environment(Map<String, String> own) {
        var environment = new LinkedHashMap<String, String>();
        environment.put("PATH", PATH);
        environment.put("LANG", "C.UTF-8");
        own.forEach((name, value) -> {
            if (name.startsWith("OPENBLAS_")) {
                environment.put(name, value);
            }
        });
        return environment;
    }
}
