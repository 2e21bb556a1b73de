package io.cloister.cli;

import picocli.CommandLine.Option;

import java.util.Set;

/// How to verify Evidence that lies in a file.
final class EvidenceFileOptions {
    static final Set<String> NAMES =
            Set.of(
                    "--endorsements",
                    "--at",
                    "--report-data",
                    "--authentic-only",
                    "--allow-cosmian-dialect",
                    "--own-key",
                    "--own-seat");

    @Option(
            names = "--endorsements",
            paramLabel = "FILE",
            description =
                    "With FILE: the Endorsements to verify it with, as written by: cloister"
                            + " evidence fetch-endorsements")
    String endorsements = "";

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "With FILE: verify and appraise for this instant. Default: now.")
    String at = "";

    @Option(
            names = "--report-data",
            paramLabel = "HEX",
            description =
                    "With FILE: the 64 bytes that it must be bound to, in 128 hexadecimal digits."
                            + " Without them Evidence can't be appraised: it could be anyone's.")
    String reportData = "";

    @Option(
            names = "--authentic-only",
            description =
                    "With FILE: say only whether it is authentic, not whether it is acceptable.")
    boolean authenticOnly;

    @Option(
            names = "--allow-cosmian-dialect",
            description =
                    "With FILE: take an enclave of the Cosmian dialect, about which everything is"
                            + " the server's word.")
    boolean allowCosmian;

    @Option(
            names = "--own-key",
            paramLabel = "HEX",
            description =
                    "With such a FILE: your public key, 64 hexadecimal digits. Without it whoever"
                            + " takes your place is not found.")
    String ownKey = "";

    @Option(
            names = "--own-seat",
            paramLabel = "EMAIL/ROLE",
            description =
                    "With --own-key: who you are there, as in alice@example.org/data-provider. Your"
                            + " key must be at exactly that place.")
    String ownSeat = "";
}
