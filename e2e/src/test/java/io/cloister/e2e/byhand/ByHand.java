package io.cloister.e2e.byhand;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// The block of commands that a document shows: `person$ command`, a line that ends in a backslash
/// going on in the next.
final class ByHand {
    private static final Pattern BLOCK =
            Pattern.compile("## The same by hand\n.*?```console\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINE = Pattern.compile("([a-z]+)\\$ +(.+)");
    private static final Pattern COMMENT = Pattern.compile("(^| +)# .*$");

    private ByHand() {}

    /// One line of the block.
    ///
    /// @param person who types it
    /// @param command without its comment; empty if it is one
    /// @param comment without its `#`, or empty
    record Line(String person, String command, String comment) {}

    /// The lines of the only such block of the document `file`.
    static List<Line> lines(Path file) throws Exception {
        List<MatchResult> blocks = BLOCK.matcher(Files.readString(file)).results().toList();
        if (blocks.size() != 1) {
            throw new AssertionError(file + " has " + blocks.size() + " blocks of commands");
        }
        List<Line> lines = new ArrayList<>();
        String block = blocks.getFirst().group(1).replaceAll(" *\\\\\n +", " ");
        for (String text : block.lines().filter(it -> !it.isBlank()).toList()) {
            var line = LINE.matcher(text);
            if (!line.matches()) {
                throw new AssertionError("this is not a person's command: " + text);
            }
            String command = COMMENT.matcher(line.group(2)).replaceFirst("");
            String comment = line.group(2).substring(command.length()).replaceFirst("^ *# ", "");
            lines.add(new Line(line.group(1), command, comment));
        }
        return lines;
    }
}
