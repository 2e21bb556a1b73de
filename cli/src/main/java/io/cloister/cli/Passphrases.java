package io.cloister.cli;

import io.cloister.crypto.age.Passphrase;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;

/// Where passphrases come from: the first line of a file, or whoever sits at the terminal, where
/// what they type is not shown.
final class Passphrases {
    private final World world;

    Passphrases(World world) {
        this.world = world;
    }

    /// The first line of a file.
    ///
    /// @throws IOException if it can't be read, or that line is empty
    Passphrase inFile(String file) throws IOException {
        try (var lines = Files.lines(world.path(file))) {
            return Passphrase.of(
                    lines.findFirst()
                            .filter(line -> !line.isEmpty())
                            .orElseThrow(() -> new IOException("the passphrase file is empty"))
                            .toCharArray());
        }
    }

    /// That of the key store, from the terminal.
    ///
    /// @throws IOException if nobody sits there, or nothing was typed
    Passphrase ofKeyStore() throws IOException {
        Console console =
                World.console()
                        .orElseThrow(() ->
                                new IOException(
                                        "the key store needs a passphrase; say where it is with"
                                                + " --passphrase-file"));
        char[] typed = console.readPassword("Passphrase of the key store: ");
        if (typed == null || typed.length == 0) {
            throw new IOException("no passphrase was given");
        }
        return taken(typed);
    }

    /// One that exists.
    ///
    /// @param file where it is; if empty, `question` is asked
    /// @param option that names the file, for whoever can't be asked
    Passphrase known(String file, String question, String option)
            throws CommandException, IOException {
        return file.isEmpty() ? taken(typed(question, option)) : inFile(file);
    }

    /// One to be, which is asked for twice: nobody sees a slip of the fingers here.
    ///
    /// @param file where it is; if empty, `question` is asked
    /// @param option that names the file, for whoever can't be asked
    Passphrase fresh(String file, String question, String option)
            throws CommandException, IOException {
        return file.isEmpty() ? typedTwice(question, option) : inFile(file);
    }

    /// As [#fresh], asking whoever sits there.
    Passphrase typedTwice(String question, String option) throws CommandException {
        char[] typed = typed(question, option);
        char[] again = typed("The same again: ", option);
        boolean same = Arrays.equals(typed, again);
        Arrays.fill(again, ' ');
        Passphrase passphrase = taken(typed);
        if (!same) {
            throw new CommandException(
                    Exit.CANCELLED, "that was not the same again; nothing was done");
        }
        return passphrase;
    }

    private static char[] typed(String question, String option) throws CommandException {
        Console console =
                World.console()
                        .orElseThrow(() ->
                                new CommandException(
                                        Exit.USAGE,
                                        "a passphrase is needed, and nobody can be asked",
                                        "say where it is with " + option));
        char[] typed = console.readPassword("%s", question);
        if (typed == null || typed.length == 0) {
            throw new CommandException(Exit.CANCELLED, "no passphrase was given");
        }
        return typed;
    }

    private static Passphrase taken(char[] typed) {
        try {
            return Passphrase.of(typed);
        } finally {
            Arrays.fill(typed, ' ');
        }
    }
}
