package io.cloister.cli;

/// Ends a command with an error line, a hint and an exit code. Both texts are fit to be shown.
final class CommandException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Exit exit;
    private final String hint;

    CommandException(Exit exit, String message, String hint) {
        super(message);
        this.exit = exit;
        this.hint = hint;
    }

    CommandException(Exit exit, String message) {
        this(exit, message, "");
    }

    Exit exit() {
        return exit;
    }

    String hint() {
        return hint;
    }
}
