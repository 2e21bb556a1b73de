package io.cloister.cli;

import java.io.IOException;

/// Asks a person before something that can't be undone.
final class Confirmation {
    private Confirmation() {}

    /// Asks unless `given`.
    ///
    /// @throws CommandException if the answer is not `yes`, or nobody can be asked
    static void require(Command command, boolean given, String question)
            throws CommandException, IOException {
        if (given) {
            return;
        }
        if (!command.world().terminal()) {
            throw new CommandException(
                    Exit.CANCELLED, "this has to be confirmed", "confirm it with --yes");
        }
        command.screen().ask(question + " Type yes:");
        if (!command.readLine().equals("yes")) {
            throw new CommandException(Exit.CANCELLED, "not confirmed; nothing was done");
        }
    }
}
