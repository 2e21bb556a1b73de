package io.cloister.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.document.FileName;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class LandingTest {
    @TempDir private Path folder;

    private ResultDesk.Delivery delivery(Optional<String> name, boolean overwrite) {
        return new ResultDesk.Delivery(folder, name, overwrite, false);
    }

    private List<OpenedFile> land(ResultDesk.Delivery delivery, String... names)
            throws ClientException, IOException {
        try (var landing = new Landing(delivery, names.length)) {
            for (int i = 0; i < names.length; i++) {
                Files.writeString(landing.place(new FileName(names[i]), i), "content " + i);
            }
            return landing.deliver();
        }
    }

    private List<String> there() throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> String.valueOf(entry.getFileName())).sorted().toList();
        }
    }

    @Test
    void writesUnderTheNameTheUserGave() throws ClientException, IOException {
        land(delivery(Optional.of("mine.csv"), false), "result");
        assertEquals(List.of("mine.csv"), there());
    }

    @Test
    void keepsOnlyNamesOfAStrictSubset() throws ClientException, IOException {
        land(
                delivery(Optional.empty(), false),
                "table.csv",
                ".bashrc",
                "-rf",
                "a b",
                "NUL.txt",
                "ü.csv");
        assertEquals(
                List.of("result-2", "result-3", "result-4", "result-5", "result-6", "table.csv"),
                there());
    }

    @Test
    void keepsTwoResultsApartWhoseNamesMeetOnSomeFileSystems() throws ClientException, IOException {
        land(delivery(Optional.empty(), false), "Table.csv", "table.csv");
        assertEquals(List.of("Table.csv", "result-2"), there());
    }

    @Test
    void keepsAResultApartThatHasTheNameAnotherFallsBackTo() throws ClientException, IOException {
        land(delivery(Optional.empty(), false), "result-2", "ü.csv", "result-3");
        assertEquals(List.of("result-2", "result-3", "result-4"), there());
    }

    @Test
    void replacesNothingUnlessAsked() throws ClientException, IOException {
        Path mine = Files.writeString(folder.resolve("table.csv"), "mine");
        assertThrows(
                ClientException.class, () -> land(delivery(Optional.empty(), false), "table.csv"));
        assertEquals("mine", Files.readString(mine));
        assertEquals(List.of("table.csv"), there());
        land(delivery(Optional.empty(), true), "table.csv");
        assertEquals("content 0", Files.readString(mine));
    }

    @Test
    void writesThroughNoLink(@TempDir Path elsewhere) throws ClientException, IOException {
        Path target = Files.writeString(elsewhere.resolve("target"), "untouched");
        Path link = Files.createSymbolicLink(folder.resolve("table.csv"), target);
        assertThrows(
                ClientException.class, () -> land(delivery(Optional.empty(), false), "table.csv"));
        land(delivery(Optional.empty(), true), "table.csv");
        assertEquals("untouched", Files.readString(target));
        assertFalse(Files.isSymbolicLink(link));
    }

    @Test
    void writesThroughNoLinkThatLeadsNowhere() throws IOException {
        Files.createSymbolicLink(folder.resolve("table.csv"), folder.resolve("nowhere"));
        assertThrows(
                ClientException.class, () -> land(delivery(Optional.empty(), false), "table.csv"));
        assertFalse(Files.exists(folder.resolve("nowhere")));
    }

    @Test
    void leavesNothingIfItEndsEarly() throws ClientException, IOException {
        try (var landing = new Landing(delivery(Optional.empty(), false), 1)) {
            Files.writeString(landing.place(new FileName("table.csv"), 0), "half");
            assertTrue(there().getFirst().startsWith(".cloister-"));
        }
        assertEquals(List.of(), there());
    }

    @Test
    void refusesOneNameForSeveralResults() {
        assertThrows(
                ClientException.class, () -> land(delivery(Optional.of("mine"), false), "a", "b"));
    }
}
