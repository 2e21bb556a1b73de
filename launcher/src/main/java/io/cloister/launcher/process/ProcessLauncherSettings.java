package io.cloister.launcher.process;

import io.cloister.attestation.measurement.EnclaveImage;
import io.cloister.launcher.runtime.BuiltRuntime;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What a process launcher starts enclaves from.
///
/// @param state absolute folder of this launcher alone, made (0700) if needed; its path has at most
///   70 bytes in UTF-8, since sockets lie in it
/// @param image the agent as built
/// @param mainClass the agent's
/// @param runtimes offered, in order of preference
/// @param heapMebibytes the agent's largest Java heap; inputs don't live in it
/// @param startLimit how long an agent may take to connect its link
public record ProcessLauncherSettings(
        Path state,
        EnclaveImage image,
        String mainClass,
        List<BuiltRuntime> runtimes,
        int heapMebibytes,
        Duration startLimit) {
    /// The agent's main class.
    public static final String AGENT = "io.cloister.agent.Main";

    /// In bytes: a socket's address takes 107 of them, a name below this folder included.
    private static final int MAX_STATE = 70;

    private static final int DEFAULT_HEAP = 256;
    private static final Duration DEFAULT_START_LIMIT = Duration.ofSeconds(30);

    public ProcessLauncherSettings {
        runtimes = List.copyOf(runtimes);
        if (!state.isAbsolute() || bytes(state) > MAX_STATE) {
            throw new IllegalArgumentException(
                    "the launcher's folder needs an absolute path of at most "
                            + MAX_STATE
                            + " bytes: "
                            + state);
        }
        if (heapMebibytes < 16 || startLimit.isNegative() || startLimit.isZero()) {
            throw new IllegalArgumentException(
                    "a heap of at least 16 MiB, and a positive start limit");
        }
    }

    private static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    /// With the agent's main class, a heap of 256 MiB and 30 seconds to start.
    public static ProcessLauncherSettings of(
            Path state, EnclaveImage image, List<BuiltRuntime> runtimes) {
        return new ProcessLauncherSettings(
                state, image, AGENT, runtimes, DEFAULT_HEAP, DEFAULT_START_LIMIT);
    }
}
