package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/// Runs scripts of commands and compares what each prints. In a script, `$` begins a command, `<` a
/// line of its input, `>` a line of its output, `!` a line of its errors, `=` its exit code, `+
/// FILE` followed by `| text` lines makes a file, `#` is a comment. `*` in an expected line stands
/// for anything; `> ...` for any further lines.
class ScriptTest {
    @TempDir private Path folder;

    private record Outcome(int exit, List<String> out, List<String> err) {}

    @ParameterizedTest
    @ValueSource(strings = {"basics", "policy", "files", "code", "keys", "errors", "receipts"})
    void behavesAsItsScriptSays(String name) throws IOException {
        List<String> lines;
        try (InputStream in = ScriptTest.class.getResourceAsStream(name + ".script")) {
            lines =
                    new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList();
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("+ ")) {
                i = makeFile(lines, i);
            } else if (line.startsWith("$ cloister")) {
                i = command(name, lines, i);
            }
        }
    }

    private int makeFile(List<String> lines, int at) throws IOException {
        Path file = folder.resolve(lines.get(at).substring(2));
        var content = new StringBuilder();
        int i = at + 1;
        while (i < lines.size() && lines.get(i).startsWith("|")) {
            content.append(lines.get(i).substring(Math.min(2, lines.get(i).length()))).append('\n');
            i++;
        }
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, content.toString());
        return i - 1;
    }

    private int command(String name, List<String> lines, int at) {
        var input = new StringBuilder();
        List<String> out = new ArrayList<>();
        List<String> err = new ArrayList<>();
        int exit = 0;
        int i = at + 1;
        for (;
                i < lines.size()
                        && !lines.get(i).isEmpty()
                        && "<>!=".indexOf(lines.get(i).charAt(0)) >= 0;
                i++) {
            String line = lines.get(i);
            String text = line.substring(Math.min(2, line.length()));
            switch (line.charAt(0)) {
                case '<' -> input.append(text).append('\n');
                case '>' -> out.add(text);
                case '!' -> err.add(text);
                default -> exit = Integer.parseInt(text);
            }
        }
        String where = name + ".script:" + (at + 1) + " " + lines.get(at);
        Outcome outcome = run(lines.get(at).substring("$ cloister".length()), input.toString());
        assertEquals(exit, outcome.exit(), () -> where + "\n" + outcome);
        expect(where, out, outcome.out());
        expect(where, err, outcome.err());
        return i - 1;
    }

    private Outcome run(String line, String input) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var world =
                new World(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false,
                        folder,
                        Map.of("HOME", folder.resolve("user").toString()),
                        Clock.systemUTC(),
                        new SecureRandom());
        int exit = Cli.run(world, words(line));
        return new Outcome(exit, lines(out), lines(err));
    }

    private static String[] words(String line) {
        List<String> words = new ArrayList<>();
        var matcher = Pattern.compile("'([^']*)'|(\\S+)").matcher(line);
        while (matcher.find()) {
            words.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
        }
        return words.toArray(String[]::new);
    }

    private static List<String> lines(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static void expect(String where, List<String> expected, List<String> actual) {
        for (int i = 0; i < expected.size(); i++) {
            if (expected.get(i).equals("...")) {
                return;
            }
            String pattern = Pattern.quote(expected.get(i)).replace("*", "\\E.*\\Q");
            int at = i;
            assertTrue(
                    i < actual.size() && actual.get(i).matches(pattern),
                    () ->
                            where
                                    + "\nexpected: "
                                    + expected.get(at)
                                    + "\ngot:      "
                                    + (at < actual.size() ? actual.get(at) : "nothing")
                                    + "\nof "
                                    + actual);
        }
        assertEquals(expected.size(), actual.size(), () -> where + "\n" + actual);
    }
}
