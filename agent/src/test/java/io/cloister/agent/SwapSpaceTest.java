package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.protocol.document.Swap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What an agent claims of swap.
final class SwapSpaceTest {
    @TempDir private Path folder;

    private Swap by(String memory) throws IOException {
        return SwapSpace.by(Files.writeString(folder.resolve("meminfo"), memory));
    }

    @Test
    void isWhatTheKernelSays() throws Exception {
        String before = "MemFree:    19 kB\nSwapCached: 5 kB\n";
        assertEquals(Swap.OFF, by(before + "SwapTotal:         0 kB\nSwapFree: 0 kB\n"));
        assertEquals(Swap.ON, by(before + "SwapTotal:         1 kB\nSwapFree: 0 kB\n"));
        assertEquals(Swap.ON, by(before + "SwapTotal: 999999999 kB\n"));
    }

    @Test
    void isUnknownWhereTheKernelSaysNothingThatCanBeRead() throws Exception {
        assertEquals(Swap.UNKNOWN, by(""));
        assertEquals(Swap.UNKNOWN, by("SwapTotal: kB\n"));
        assertEquals(Swap.UNKNOWN, by("SwapTotal: 0 kB\nSwapTotal: 0 kB\n"));
        assertEquals(Swap.UNKNOWN, by("SwapTotal: -1 kB\n"));
        assertEquals(Swap.UNKNOWN, SwapSpace.by(folder.resolve("nowhere")));
    }

    @Test
    void isOnOfThisMachineIfItHasSwapDevices() throws Exception {
        boolean has = Files.readAllLines(Path.of("/proc/swaps")).size() > 1;
        assertEquals(has ? Swap.ON : Swap.OFF, SwapSpace.now());
    }
}
