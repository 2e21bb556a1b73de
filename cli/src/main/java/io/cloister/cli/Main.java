package io.cloister.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// The `cloister` command.
public final class Main {
    private Main() {}

    /// Runs one command and exits with its code.
    ///
    /// @param arguments the command line
    public static void main(String[] arguments) {
        // Nothing else is loaded for this one, so that it takes no time.
        if (arguments.length == 1
                && (arguments[0].equals("version") || arguments[0].equals("--version"))) {
            System.out.println("cloister " + version());
            return;
        }
        int exit = Cli.run(World.ofProcess(), arguments);
        System.out.flush();
        System.exit(exit);
    }

    /// This build's version.
    static String version() {
        try (InputStream in = Main.class.getResourceAsStream("version.txt")) {
            return in == null
                    ? "unknown"
                    : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException _) {
            return "unknown";
        }
    }
}
