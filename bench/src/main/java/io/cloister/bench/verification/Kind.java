package io.cloister.bench.verification;

import java.util.Locale;

/// What is verified.
public enum Kind {
    /// An SGX quote of version 3.
    SGX("SGX quote", "icx-00606a000000-automata@2025-08-15e17v3"),
    /// A TDX quote of version 4.
    TDX("TDX quote", "v4-b0c06f000000-phala@2026-03-01e18v3"),
    /// An SEV-SNP report of version 3.
    SNP("SEV-SNP report", "genoa-v3-azure-openpcc");

    private final String title;
    private final String captured;

    Kind(String title, String captured) {
        this.title = title;
        this.captured = captured;
    }

    /// For people.
    String title() {
        return title;
    }

    /// The case of captured Evidence that is used.
    String captured() {
        return captured;
    }

    /// The word in names of files and in arguments.
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
