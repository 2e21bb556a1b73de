package io.cloister.checks;

import java.nio.file.Path;

/// The checkout that is being built.
final class Checkout {
    private Checkout() {}

    /// Its root folder.
    static Path root() {
        return Path.of(System.getProperty("cloister.root")).toAbsolutePath();
    }
}
