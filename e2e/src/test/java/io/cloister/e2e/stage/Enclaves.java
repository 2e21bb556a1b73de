package io.cloister.e2e.stage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The enclaves that this process has started.
public final class Enclaves {
    private static final String AGENT = "io.cloister.agent.Main";

    private Enclaves() {}

    /// Those that run now.
    public static List<ProcessHandle> running() {
        return ProcessHandle.current().descendants().filter(Enclaves::isJavaWithTheAgent).toList();
    }

    /// Not by what it executes: an agent lets nobody but root see that.
    private static boolean isJavaWithTheAgent(ProcessHandle process) {
        try {
            String[] words =
                    Files.readString(
                                    Path.of("/proc", Long.toString(process.pid()), "cmdline"),
                                    StandardCharsets.ISO_8859_1)
                            .split("\0", -1);
            return words[0].endsWith("java") && List.of(words).contains(AGENT);
        } catch (IOException _) {
            return false; // it has ended
        }
    }
}
