package io.cloister.cli;

import picocli.CommandLine.Option;

/// Options that every command has.
final class Common {
    @Option(
            names = "--home",
            paramLabel = "FOLDER",
            description =
                    "The key store. Default: $CLOISTER_HOME, or cloister in $XDG_DATA_HOME or"
                            + " ~/.local/share.")
    String home = "";

    @Option(names = "--json", description = "Print one JSON object on standard output.")
    boolean json;

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "Read the key store's passphrase from the first line of FILE.")
    String passphraseFile = "";

    @Option(
            names = "--protected",
            description =
                    "Refuse a key store that is not under a passphrase, and make none without."
                            + " $CLOISTER_PROTECTED=1 says the same.")
    boolean expectProtected;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;
}
