package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.ClientException;
import io.cloister.client.OpenedFile;
import io.cloister.client.ResultDesk;
import io.cloister.client.server.Progress;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a hostile Code Provider's names for outputs do on a Result Consumer's disk. The code tries
/// every name below; the content of an output is its number. Names the Python package or the agent
/// refuse never arrive; the rest arrives under names of a strict ASCII subset.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HostileOutputNamesTest {
    private static final String BODY =
            """
            names = [
                "../x", "/etc/x", "a/../../x", "..", ".", "a\\x1b[31mred", "a\\nb", "a\\x00b", "a\\u202eb",
                "result-2", "r\\u00e9sultat.csv", "plain.csv", "PLAIN.csv", "result-3", "e\\u0301", "x" * 150, "x" * 201,
                "con", "NUL.txt", ".profile", "-rf", "a b", "a\\\\b", "~", "$(id)", "%2e%2e%2fx", "result-1",
            ]
            for number, name in enumerate(names):
                try:
                    enclave.write(b"output %d" % number, name=name)
                except Exception:
                    pass
            """;

    private Site site;
    private Cast cast;
    private ResultDesk desk;
    private ResultDesk.Run run;
    private Path parent;
    private Path landing;

    @BeforeAll
    void stage(@TempDir Path folder) throws Exception {
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
        cast =
                Cast.proposing(site, Play.of(folder.resolve("play"), BODY), folder.resolve("homes"))
                        .played();
        desk = cast.consumer(0).results();
        run = desk.await(Cast.PATIENCE);
    }

    @BeforeEach
    void emptyFolder(@TempDir Path folder) {
        parent = folder;
        landing = folder.resolve("results");
    }

    @AfterAll
    void close() {
        if (cast != null) {
            cast.close();
        }
        if (site != null) {
            site.close();
        }
    }

    private ResultDesk.Result get(boolean overwrite) throws Exception {
        return desk.get(
                run.identity(),
                1,
                new ResultDesk.Delivery(landing, Optional.empty(), overwrite, true),
                Progress.NONE);
    }

    private static Set<Path> inside(Path folder) throws Exception {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.collect(Collectors.toSet());
        }
    }

    @Test
    void everyOutputArrivesUnderANameOfItsOwnInsideTheFolder() throws Exception {
        List<OpenedFile> files = get(false).files();
        assertEquals(Set.of(landing), inside(parent));
        assertEquals(
                files.stream().map(OpenedFile::path).collect(Collectors.toSet()), inside(landing));
        Set<String> lower = new HashSet<>();
        Set<String> contents = new HashSet<>();
        for (OpenedFile file : files) {
            String name = file.path().getFileName().toString();
            assertTrue(name.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"), name);
            assertTrue(lower.add(name.toLowerCase(Locale.ROOT)), name);
            assertTrue(contents.add(Files.readString(file.path())), name);
        }
        assertEquals("output 9", Files.readString(landing.resolve("result-2")));
        assertEquals("output 11", Files.readString(landing.resolve("plain.csv")));
        assertTrue(contents.containsAll(numbered(9, 16)), contents::toString);
        assertTrue(contents.containsAll(numbered(17, 22)), contents::toString);
        for (String refused : numbered(0, 9)) {
            assertTrue(!contents.contains(refused), refused);
        }
    }

    private static List<String> numbered(int from, int to) {
        List<String> all = new ArrayList<>();
        for (int i = from; i < to; i++) {
            all.add("output " + i);
        }
        return all;
    }

    @Test
    void nothingIsReplaced() throws Exception {
        Files.createDirectories(landing);
        Path mine = Files.writeString(landing.resolve("plain.csv"), "mine");
        assertThrows(ClientException.class, () -> get(false));
        assertEquals(Set.of(mine), inside(landing));
        assertEquals("mine", Files.readString(mine));
    }

    @Test
    void nothingIsWrittenThroughAPlantedLink() throws Exception {
        Files.createDirectories(landing);
        Path outside = Files.writeString(parent.resolve("outside"), "untouched");
        Path link = Files.createSymbolicLink(landing.resolve("plain.csv"), outside);
        assertThrows(ClientException.class, () -> get(false));
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("untouched", Files.readString(outside));
        get(true);
        assertTrue(Files.isRegularFile(link, LinkOption.NOFOLLOW_LINKS));
        assertEquals("output 11", Files.readString(link));
        assertEquals("untouched", Files.readString(outside));
    }

    @Test
    void nothingIsWrittenThroughALinkThatLeadsNowhere() throws Exception {
        Files.createDirectories(landing);
        Path nowhere = parent.resolve("nowhere");
        Files.createSymbolicLink(landing.resolve("result-2"), nowhere);
        assertThrows(ClientException.class, () -> get(false));
        assertTrue(Files.notExists(nowhere, LinkOption.NOFOLLOW_LINKS));
    }
}
