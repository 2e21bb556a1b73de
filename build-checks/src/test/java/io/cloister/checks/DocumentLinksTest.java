package io.cloister.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class DocumentLinksTest {
    @TempDir Path folder;

    @Test
    void everyLinkOfEveryDocumentLeadsToAFile() throws IOException {
        List<Path> files = DocumentLinks.files(Checkout.root());
        assertTrue(files.size() > 15, "the documents were not found");
        List<String> findings = new ArrayList<>();
        for (Path file : files) {
            findings.addAll(DocumentLinks.broken(file, Files.readString(file)));
        }
        assertEquals(List.of(), findings);
    }

    @Test
    void everyTestThatSecurityPromisesIsLinked() throws IOException {
        String text = Files.readString(Checkout.root().resolve("SECURITY.md"));
        String table = between(text, "## Promises and their tests", "\n## ");
        assertEquals(List.of(), DocumentLinks.unlinkedTests(table));
        assertTrue(table.lines().filter(it -> it.contains("Test](")).count() > 20);
    }

    @Test
    void acceptsLinksToWhatIsThere() throws IOException {
        Path document = document();
        assertEquals(
                List.of(),
                DocumentLinks.broken(
                        document,
                        "[ItTest.does](ItTest.java), [it](ItTest.java#part), [up](#part),"
                                + " [there](https://example.org/it)\n"
                                + "```\n[not a link](nowhere)\n```\n"));
    }

    @Test
    void refusesALinkToNoFile() throws IOException {
        assertEquals(1, DocumentLinks.broken(document(), "[it](gone/ItTest.java)").size());
    }

    @Test
    void refusesATestThatTheFileDoesNotHold() throws IOException {
        assertEquals(1, DocumentLinks.broken(document(), "[ItTest.else](ItTest.java)").size());
        assertEquals(1, DocumentLinks.broken(document(), "[OtherTest](ItTest.java)").size());
    }

    @Test
    void findsATestWithoutALink() {
        assertEquals(
                List.of("`ItTest.does`"),
                DocumentLinks.unlinkedTests("`ItTest.does` [`ItTest`](x)"));
    }

    private Path document() throws IOException {
        Files.writeString(folder.resolve("ItTest.java"), "class ItTest { void does() {} }");
        return folder.resolve("it.md");
    }

    private static String between(String text, String start, String end) {
        int from = text.indexOf(start) + start.length();
        return text.substring(from, text.indexOf(end, from));
    }
}
