package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

class ExitCodesTest {
    private static final Path PAGE =
            Path.of(System.getProperty("cloister.root", ".."), "docs/reference/exit-codes.md");

    private static final Pattern ROW = Pattern.compile("\\| ([0-9]+) \\| ([^|]+) \\| ([^|]+) \\|");

    @Test
    void thePageHasEachCodeWithItsNameAndMeaning() throws Exception {
        List<String> page;
        try (Stream<String> lines = Files.lines(PAGE)) {
            page = lines.filter(ROW.asMatchPredicate()).toList();
        }
        assertEquals(Stream.of(Exit.values()).map(ExitCodesTest::row).toList(), page);
    }

    private static String row(Exit exit) {
        String name = exit.name().toLowerCase(Locale.ROOT).replace('_', '-');
        return "| " + exit.code() + " | " + name + " | " + exit.meaning() + " |";
    }
}
