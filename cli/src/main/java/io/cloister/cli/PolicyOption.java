package io.cloister.cli;

import picocli.CommandLine.Option;

/// `--policy`.
final class PolicyOption {
    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            description =
                    "Which enclaves you accept: built-in (hardware only), simulated (protects"
                        + " nothing from the operator), or a file. Default: policy.json in the key"
                        + " store's folder, else built-in.")
    String name = "";
}
