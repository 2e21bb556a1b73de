package io.cloister.attestation.amd.launch;

import io.cloister.protocol.Sha256;

/// What a guest boots after its firmware.
public sealed interface LaunchBoot {
    /// Whatever the firmware finds; that is not measured here.
    record FromDisk() implements LaunchBoot {}

    /// A kernel that the firmware boots only if its digests are those measured.
    ///
    /// @param kernel digest of the kernel image
    /// @param initrd digest of the initial RAM disk; that of no bytes where there is none
    /// @param commandLine as the kernel gets it; empty for none; without NUL
    record Kernel(Sha256 kernel, Sha256 initrd, String commandLine) implements LaunchBoot {
        /// Longest command line, in characters: more than Linux reads.
        public static final int MAX_COMMAND_LINE = 4096;

        public Kernel {
            if (commandLine.length() > MAX_COMMAND_LINE || commandLine.indexOf('\0') >= 0) {
                throw new IllegalArgumentException(
                        "a command line has at most "
                                + MAX_COMMAND_LINE
                                + " characters, none of them NUL");
            }
        }

        /// The digest that stands for no initial RAM disk.
        public static Sha256 noInitrd() {
            return Sha256.of(new byte[0]);
        }
    }
}
