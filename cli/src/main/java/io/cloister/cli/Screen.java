package io.cloister.cli;

import io.cloister.client.Finding;
import io.cloister.client.server.Progress;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

import java.io.PrintStream;
import java.util.List;

/// What a command prints. Results go to standard output, everything about the work to standard
/// error. With `--json`, standard output has exactly one JSON object. Text that others wrote passes
/// [Shown] before it gets here, and once more here.
final class Screen {
    private static final int MAX_LINE = 2_000;

    private final World world;
    private final boolean json;

    Screen(World world, boolean json) {
        this.world = world;
        this.json = json;
    }

    boolean isJson() {
        return json;
    }

    boolean isTerminal() {
        return world.terminal();
    }

    /// A line for people; nothing with `--json`.
    void line(String text) {
        if (!json) {
            world.out().println(clean(text));
        }
    }

    /// A field for people.
    void field(String name, Object value) {
        line(String.format("%-14s %s", name + ":", value));
    }

    /// Text exactly as it is, such as an invitation; nothing with `--json`.
    void raw(String text) {
        if (!json) {
            world.out().println(text);
        }
    }

    /// The one object of `--json`; nothing without. What a terminal would act on is escaped as JSON
    /// escapes it, so that whoever reads the object gets the text as it was sent.
    void json(Json object) {
        if (json) {
            world.out().println(escaped(object.text()));
        }
    }

    /// Outside its strings, JSON has nothing that needs it.
    private static String escaped(String jsonText) {
        var escaped = new StringBuilder();
        jsonText.codePoints()
                .forEach(one -> {
                    if (one == '\\' || isPlain(one)) {
                        escaped.appendCodePoint(one);
                    } else {
                        for (char unit : Character.toChars(one)) {
                            escaped.append(String.format("\\u%04x", (int) unit));
                        }
                    }
                });
        return escaped.toString();
    }

    private static boolean isPlain(int codePoint) {
        String alone = Character.toString(codePoint);
        return Shown.escaped(alone, 1).equals(alone);
    }

    /// Something about the work, on standard error.
    void note(String text) {
        world.err().println(clean(text));
    }

    /// A question on standard error, without a line's end.
    void ask(String text) {
        world.err().print(clean(text) + " ");
        world.err().flush();
    }

    /// What is wrong, on standard error.
    void error(String message) {
        error(world.err(), message, "");
    }

    static void error(PrintStream err, String message, String hint) {
        err.println("error: " + clean(message));
        if (!hint.isEmpty()) {
            err.println("hint: " + clean(hint));
        }
    }

    /// Each finding that refuses, on standard error.
    void findings(List<Finding> findings) {
        for (Finding finding : findings) {
            note("  " + finding.kind().word() + " " + finding.code() + ": " + finding.sentence());
            if (!finding.expected().isEmpty()) {
                note("      expected " + finding.expected());
            }
            if (!finding.actual().isEmpty()) {
                note("      got      " + finding.actual());
            }
        }
    }

    /// A progress line on a terminal, nothing elsewhere.
    Progress progress() {
        return world.terminal() && !json
                ? new ProgressLine(world.err(), world.clock())
                : Progress.NONE;
    }

    /// Escapes what a terminal would act on; what passed [Shown] before stays as it is but for its
    /// backslashes.
    private static String clean(String text) {
        var clean = new StringBuilder();
        text.codePoints()
                .limit(MAX_LINE)
                .forEach(one -> {
                    if (one == '\\' || one == ' ') {
                        clean.appendCodePoint(one);
                    } else {
                        clean.append(Shown.escaped(Character.toString(one), 1));
                    }
                });
        return clean.toString();
    }
}
