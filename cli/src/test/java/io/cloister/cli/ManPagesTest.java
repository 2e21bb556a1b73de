package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

class ManPagesTest {
    @TempDir private Path folder;

    private static void collect(CommandLine command, Map<String, CommandLine> into) {
        into.put(command.getCommandSpec().qualifiedName("-"), command);
        command.getSubcommands().values().forEach(one -> collect(one, into));
    }

    @Test
    void everyCommandHasAPageThatNamesItsOptions() throws Exception {
        assertEquals(0, Cli.run(SilentWorld.in(folder), "man", "pages"));
        Map<String, CommandLine> commands = new TreeMap<>();
        collect(Cli.commandLine(SilentWorld.in(folder)), commands);
        assertTrue(commands.size() > 40, commands.keySet()::toString);
        var pages = new TreeSet<String>();
        try (Stream<Path> files = Files.list(folder.resolve("pages"))) {
            files.forEach(file -> pages.add(file.getFileName().toString()));
        }
        var expected = new TreeSet<String>();
        commands.keySet().forEach(name -> expected.add(name + ".1"));
        assertEquals(expected, pages);
        for (Map.Entry<String, CommandLine> entry : commands.entrySet()) {
            String page = Files.readString(folder.resolve("pages").resolve(entry.getKey() + ".1"));
            assertTrue(page.startsWith(".TH " + entry.getKey() + " 1 "), page);
            assertTrue(page.contains("\n.SH NAME\n"), page);
            assertTrue(page.contains("\n.SH SYNOPSIS\n"), page);
            assertFalse(page.contains("${"), page);
            if (entry.getValue().getSubcommands().isEmpty()) {
                for (var option : entry.getValue().getCommandSpec().options()) {
                    String name = option.longestName().replace("-", "\\-");
                    assertTrue(page.contains(name), () -> name + " is not in\n" + page);
                }
            }
        }
    }

    @Test
    void whoAsksForStreamsIsToldHowMuchMayBeWrittenBeforeTheirEnds() throws Exception {
        assertEquals(0, Cli.run(SilentWorld.in(folder), "man", "pages"));
        for (String command : List.of("computation-create", "code-test")) {
            String page =
                    Files.readString(folder.resolve("pages").resolve("cloister-" + command + ".1"));
            int option = page.indexOf("streaming");
            int limit = page.indexOf("32 MiB", option);
            assertTrue(option >= 0 && limit > option && limit < option + 400, page);
        }
    }
}
