package io.cloister.launcher.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cloister.attestation.measurement.EnclaveImage;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What a launcher can't be started with.
class ProcessLauncherSettingsTest {
    private static final EnclaveImage IMAGE = new EnclaveImage(Path.of("lib"), Path.of("python"));

    private static ProcessLauncherSettings in(String state) {
        return ProcessLauncherSettings.of(Path.of(state), IMAGE, List.of());
    }

    private static void refused(String state) {
        assertThrows(IllegalArgumentException.class, () -> in(state));
    }

    @Test
    void countsTheFoldersPathInBytes() {
        // Elsewhere a path of other letters can't even be said.
        assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")));
        assertEquals(70, in("/" + "a".repeat(69)).state().toString().length());
        refused("/" + "a".repeat(70));
        assertEquals(36, in("/a" + "\u00e9".repeat(34)).state().toString().length());
        refused("/" + "\u00e9".repeat(35));
    }

    @Test
    void needsAnAbsoluteFolder() {
        refused("state");
    }

    @Test
    void needsAHeapAndTimeToStart() {
        assertEquals(16, with(16, Duration.ofNanos(1)).heapMebibytes());
        assertThrows(IllegalArgumentException.class, () -> with(15, Duration.ofNanos(1)));
        assertThrows(IllegalArgumentException.class, () -> with(16, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> with(16, Duration.ofNanos(-1)));
    }

    private static ProcessLauncherSettings with(int heap, Duration start) {
        return new ProcessLauncherSettings(
                Path.of("/state"), IMAGE, ProcessLauncherSettings.AGENT, List.of(), heap, start);
    }
}
