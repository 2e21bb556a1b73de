package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Map;

class TrialDataTest {
    @TempDir private Path folder;

    @BeforeEach
    void makeFiles() throws IOException {
        for (String name : List.of("a.csv", "b.csv", "c=d.csv")) {
            Files.writeString(folder.resolve(name), name);
        }
    }

    private TrialData data(String... given)
            throws CommandException, MalformedException, IOException {
        var err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        var world =
                new World(
                        new ByteArrayInputStream(new byte[0]),
                        err,
                        err,
                        false,
                        folder,
                        Map.of(),
                        Clock.systemUTC(),
                        new SecureRandom());
        return TrialData.of(world, List.of(given), folder.resolve("testdata"));
    }

    private static String shown(TrialData data) {
        var shown = new StringBuilder();
        data.providers()
                .forEach((email, files) -> {
                    shown.append(email).append(':');
                    files.forEach(file -> shown.append(' ').append(file.getFileName()));
                    shown.append('\n');
                });
        return shown.toString();
    }

    private void expectExit(Exit exit, String... given) {
        assertEquals(exit, assertThrows(CommandException.class, () -> data(given)).exit());
    }

    @Test
    void takesProvidersInTheOrderTheyFirstAppear() throws Exception {
        assertEquals(
                """
                zoe@test.invalid: a.csv a.csv
                anna@data.example: b.csv
                """,
                shown(data("zoe=a.csv", "Anna@Data.example=b.csv", "zoe=a.csv")));
    }

    @Test
    void takesFilesWithoutNamesAsOneProviders() throws Exception {
        assertEquals("data@test.invalid: a.csv c=d.csv\n", shown(data("a.csv", "c=d.csv")));
    }

    @Test
    void refusesNamesForSomeFilesOnly() {
        expectExit(Exit.USAGE, "zoe=a.csv", "b.csv");
    }

    @Test
    void refusesFilesThatAreNotThere() {
        expectExit(Exit.NOT_FOUND, "zoe=z.csv");
        expectExit(Exit.NOT_FOUND, "z.csv");
        expectExit(Exit.NOT_FOUND, ".");
    }

    @Test
    void refusesToRunOnNothing() throws IOException {
        expectExit(Exit.USAGE);
        Files.createDirectories(folder.resolve("testdata/clinic"));
        expectExit(Exit.USAGE);
    }

    @Test
    void takesTheSampleDataOfTheProject() throws Exception {
        Files.createDirectories(folder.resolve("testdata/2-clinic"));
        Files.createDirectories(folder.resolve("testdata/1-laboratory"));
        Files.writeString(folder.resolve("testdata/.DS_Store"), "");
        Files.writeString(folder.resolve("testdata/2-clinic/y.csv"), "");
        Files.writeString(folder.resolve("testdata/2-clinic/x.csv"), "");
        Files.writeString(folder.resolve("testdata/1-laboratory/z.csv"), "");
        assertEquals(
                """
                1-laboratory@test.invalid: z.csv
                2-clinic@test.invalid: x.csv y.csv
                """,
                shown(data()));
        assertEquals("data@test.invalid: a.csv\n", shown(data("a.csv")));
    }

    @Test
    void refusesSampleDataOfNobody() throws IOException {
        Files.createDirectories(folder.resolve("testdata"));
        Files.writeString(folder.resolve("testdata/x.csv"), "");
        expectExit(Exit.USAGE);
    }
}
