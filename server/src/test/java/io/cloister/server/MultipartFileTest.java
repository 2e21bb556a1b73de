package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/// The one form the old client sends, and what is like it but for one thing.
final class MultipartFileTest {
    private static final String TYPE = "multipart/form-data; boundary=b0undary";
    private static final String HEAD =
            """
            --b0undary\r
            Content-Disposition: form-data; name="file"; filename="notes.txt.enc"\r
            Content-Type: application/octet-stream\r
            Expires: 0\r
            \r
            """;
    private static final String TAIL = "\r\n--b0undary--\r\n";

    private static byte[] form(String head, byte[] content, String tail) {
        var form = new ByteArrayOutputStream();
        form.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        form.writeBytes(content);
        form.writeBytes(tail.getBytes(StandardCharsets.UTF_8));
        return form.toByteArray();
    }

    private static MultipartFile open(byte[] form) throws IOException {
        return MultipartFile.open(new ByteArrayInputStream(form), TYPE);
    }

    private static byte[] content(byte[] form) throws IOException {
        return open(form).content().readAllBytes();
    }

    private static void refuses(String why, String head, String content, String tail) {
        byte[] form = form(head, content.getBytes(StandardCharsets.UTF_8), tail);
        var refused = assertThrows(MultipartFile.BrokenFormException.class, () -> content(form));
        assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
    }

    @Test
    void readsNameAndContentAsTheyWereSent() throws IOException {
        MultipartFile file = open(form(HEAD, new byte[] {1, 2, 3}, TAIL));
        assertEquals("notes.txt.enc", file.name().value());
        assertArrayEquals(new byte[] {1, 2, 3}, file.content().readAllBytes());
        assertEquals(-1, file.content().read());
        assertEquals(0, content(form(HEAD, new byte[0], TAIL)).length);
        assertEquals(3, content(form(HEAD, new byte[3], "\r\n--b0undary--")).length);
    }

    @Test
    void keepsLineEndsAndHalvesOfTheBoundaryInTheContent() throws IOException {
        String content = "\r\n--b0undar\r\n\r\n--b0undarX--\r\n--\r\n\r";
        assertEquals(
                content,
                new String(
                        content(form(HEAD, content.getBytes(StandardCharsets.UTF_8), TAIL)),
                        StandardCharsets.UTF_8));
    }

    @Test
    void readsLargeContentInPiecesOfAnySize() throws IOException {
        var random = new Random(3);
        byte[] content = new byte[300_001];
        random.nextBytes(content);
        byte[] form = form(HEAD, content, TAIL);
        InputStream trickle =
                new ByteArrayInputStream(form) {
                    @Override
                    public int read(byte[] into, int offset, int length) {
                        return super.read(
                                into, offset, Math.min(length, 1 + random.nextInt(70_000)));
                    }
                };
        assertArrayEquals(content, MultipartFile.open(trickle, TYPE).content().readAllBytes());
    }

    @Test
    void putsLettersOfANameTogether() throws IOException {
        String head = HEAD.replace("notes.txt", "re\u0301sume\u0301");
        assertEquals("r\u00e9sum\u00e9.enc", open(form(head, new byte[1], TAIL)).name().value());
    }

    @Test
    void takesAQuotedBoundary() throws IOException {
        var file =
                MultipartFile.open(
                        new ByteArrayInputStream(form(HEAD, new byte[1], TAIL)),
                        "Multipart/Form-Data;boundary=\"b0undary\"");
        assertEquals(1, file.content().readAllBytes().length);
    }

    @Test
    void refusesAnotherType() {
        byte[] form = form(HEAD, new byte[1], TAIL);
        for (String type :
                new String[] {
                    "",
                    "multipart/form-data",
                    "multipart/mixed; boundary=b0undary",
                    "multipart/form-data; boundary=",
                    "multipart/form-data; boundary=b0undary; charset=utf-8",
                    "multipart/form-data; boundary=\"b0undary \"",
                    "multipart/form-data; boundary=" + "x".repeat(71)
                }) {
            assertThrows(
                    MultipartFile.BrokenFormException.class,
                    () -> MultipartFile.open(new ByteArrayInputStream(form), type),
                    type);
        }
    }

    @Test
    void refusesAFormThatDoesNotBeginWithItsBoundary() {
        refuses("begin", "preamble\r\n" + HEAD, "x", TAIL);
        refuses("begin", HEAD.replace("--b0undary", "--b0undarz"), "x", TAIL);
    }

    @Test
    void refusesAPartOfAnotherNameOrWithoutAFileName() {
        refuses("named file", HEAD.replace("name=\"file\"", "name=\"data\""), "x", TAIL);
        refuses("named file", HEAD.replace("; filename=\"notes.txt.enc\"", ""), "x", TAIL);
        refuses("named file", HEAD.replace("Content-Disposition", "X-Disposition"), "x", TAIL);
    }

    @Test
    void refusesTwoDispositions() {
        String line = "Content-Disposition: form-data; name=\"file\"; filename=\"n.enc\"\r\n";
        refuses("one part", HEAD.replace("Expires: 0\r\n", line), "x", TAIL);
    }

    @Test
    void refusesAnEncodingOfThePart() {
        refuses(
                "as it is",
                HEAD.replace("Expires: 0", "Content-Transfer-Encoding: base64"),
                "x",
                TAIL);
    }

    @Test
    void refusesANameThatIsAPathOrNotPrintable() {
        for (String name : new String[] {"../x", "a/b", "..", "", "a\\b", "a\u0007b", "\u202eb"}) {
            refuses("filename", HEAD.replace("notes.txt.enc", name), "x", TAIL);
        }
        refuses("filename", HEAD.replace("notes.txt.enc", "n".repeat(201)), "x", TAIL);
    }

    @Test
    void refusesHeadersThatCantBeReadOrDontEnd() {
        refuses("can't be read", HEAD.replace("Expires: 0", "Expires"), "x", TAIL);
        refuses(
                "longer than",
                HEAD.replace("Expires: 0", "Expires: " + "0".repeat(MultipartFile.MAX_HEADERS)),
                "x",
                TAIL);
        refuses("longer than", HEAD.replace("\r\n", "\n"), "x".repeat(5_000), TAIL);
        refuses("ends in its headers", HEAD.strip(), "", "");
        byte[] form = form(HEAD, new byte[1], TAIL);
        form[HEAD.indexOf("notes")] = (byte) 0xff;
        var refused = assertThrows(MultipartFile.BrokenFormException.class, () -> open(form));
        assertEquals("a header of the part is no UTF-8", refused.getMessage());
    }

    @Test
    void refusesAFormThatIsCutShort() {
        refuses("ends before", HEAD, "x", "");
        refuses("ends before", HEAD, "x", "\r\n--b0undar");
        refuses("nothing after it", HEAD, "x", "\r\n--b0undary");
        refuses("nothing after it", HEAD, "x", "\r\n--b0undary-");
    }

    @Test
    void refusesASecondPartOrAnythingElseAfterTheFirst() {
        refuses("nothing after it", HEAD, "x", "\r\n" + HEAD + "y" + TAIL);
        refuses("nothing after it", HEAD, "x", TAIL + "epilogue");
        refuses("nothing after it", HEAD, "x", TAIL + "\r\n");
    }
}
