package io.cloister.agent;

import io.cloister.protocol.document.Swap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What the kernel says of its swap space (proc_meminfo(5)). It is what the agent's own kernel
/// knows: of a virtual machine it is the guest's, as what a host swaps of an encrypted guest is
/// ciphertext.
final class SwapSpace {
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final String TOTAL = "SwapTotal:";

    private SwapSpace() {}

    /// Whether this machine has some now.
    static Swap now() {
        return by(MEMORY);
    }

    /// What a file of that form says.
    static Swap by(Path memory) {
        List<String> totals;
        try {
            totals =
                    Files.readAllLines(memory, StandardCharsets.ISO_8859_1).stream()
                            .filter(line -> line.startsWith(TOTAL))
                            .map(line -> line.substring(TOTAL.length()).strip())
                            .toList();
        } catch (IOException _) {
            return Swap.UNKNOWN;
        }
        if (totals.size() != 1 || !totals.getFirst().matches("[0-9]{1,18} kB")) {
            return Swap.UNKNOWN;
        }
        return totals.getFirst().equals("0 kB") ? Swap.OFF : Swap.ON;
    }
}
