package io.cloister.crypto.cosmian;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

final class ProjectTest {
    private static final String MAKE =
            """
            import sys, tarfile
            from pathlib import Path
            folder = Path(sys.argv[1])
            with tarfile.open(sys.argv[2], "w:") as tar:
                for path in sorted(folder.rglob("*")):
                    if path.is_file():
                        tar.add(path, path.relative_to(folder))
            """;

    private static Project read(byte[] tar) throws IOException, MalformedException {
        return Project.read(new ByteArrayInputStream(tar));
    }

    private static String refusal(byte[] tar) {
        return String.valueOf(assertThrows(MalformedException.class, () -> read(tar)).getMessage());
    }

    private static byte[] content(byte[] tar, String path) throws Exception {
        var reader = new ProjectReader(new ByteArrayInputStream(tar));
        for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            if (entry.get().path().value().equals(path)) {
                return entry.get().content().readAllBytes();
            }
        }
        throw new AssertionError("no " + path);
    }

    @Test
    void readsWhatPythonsTarfileMakes(@TempDir Path folder) throws Exception {
        Path source = Files.createDirectory(folder.resolve("project"));
        String deep = "a-folder-with-a-rather-long-name/".repeat(6) + "näme.py.enc";
        Files.createDirectories(source.resolve(deep).getParent());
        Files.writeString(source.resolve(deep), "x".repeat(513));
        Files.writeString(source.resolve("run.py"), "print()\n");
        Files.writeString(source.resolve("requirements.txt"), "numpy\n");
        Files.writeString(source.resolve("empty.txt"), "");
        Path tar = folder.resolve("project.tar");
        run("python3", "-c", MAKE, source.toString(), tar.toString());
        byte[] bytes = Files.readAllBytes(tar);

        Project project = read(bytes);
        assertEquals(
                List.of(deep, "empty.txt", "requirements.txt", "run.py"),
                project.paths().stream().map(ProjectPath::value).toList());
        assertEquals(Optional.of(Bytes.utf8("numpy\n")), project.requirements());
        assertEquals(Sha256.of(bytes), project.digests().bundle());
        assertEquals(bytes.length, project.digests().bundleBytes());
        assertEquals(Sha256.of(Bytes.utf8("print()\n")), project.digests().entrypoint());
        assertEquals(
                Optional.of(Sha256.of(Bytes.utf8("numpy\n"))), project.digests().requirements());
        assertArrayEquals("x".repeat(513).getBytes(StandardCharsets.UTF_8), content(bytes, deep));
    }

    private static void run(String... command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            Assumptions.abort("python3 is not installed: " + e.getMessage());
            return;
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }

    @Test
    void readsWhatItIsToldByAnExtendedHeader() throws Exception {
        byte[] tar =
                new Tar()
                        .extended("path=other.py", "mtime=1.5", "size=3")
                        .file("ignored", "abc")
                        .file("run.py", "")
                        .end();
        assertEquals("other.py", read(tar).paths().getFirst().value());
        assertArrayEquals(new byte[] {'a', 'b', 'c'}, content(tar, "other.py"));
    }

    @Test
    void putsAPrefixBeforeTheName() throws Exception {
        Tar tar = new Tar().file("run.py", "");
        tar.header("b.py", '0', 0, block -> Tar.put(block, 345, "some/folder"));
        assertEquals("some/folder/b.py", read(tar.end()).paths().getLast().value());
    }

    @Test
    void letsAnEncryptedFileHideAClearOne() throws Exception {
        Project project =
                read(
                        new Tar()
                                .file("mod.py", "a")
                                .file("mod.py.enc", "b")
                                .file("run.py", "")
                                .end());
        assertEquals(Set.of(new ProjectPath("mod.py")), project.hidden());
        assertEquals("mod.py", new ProjectPath("mod.py.enc").clearPath());
    }

    @Test
    void refusesAProjectWithoutItsProgramInClear() {
        assertTrue(refusal(new Tar().file("main.py", "").end()).contains("run.py"));
        assertTrue(refusal(new Tar().file("run.py.enc", "").end()).contains("run.py in clear"));
        assertTrue(
                refusal(new Tar().file("run.py", "").file("run.py.enc", "").end())
                        .contains("run.py in clear"));
        assertTrue(refusal(new Tar().file("a/run.py", "").end()).contains("run.py"));
    }

    @Test
    void refusesPathsThatLeadElsewhere() {
        for (String path :
                List.of(
                        "/etc/passwd",
                        "../x",
                        "a/../x",
                        "./a",
                        "a//b",
                        "a/",
                        "",
                        "a\nb",
                        "a\u0001",
                        ".enc",
                        "a/.enc",
                        "x/".repeat(32) + "x",
                        "n".repeat(256))) {
            byte[] tar = new Tar().extended("path=" + path).file("x", "").end();
            assertTrue(refusal(tar).contains("a relative path"), path);
        }
        assertTrue(refusal(new Tar().file("../x", "").end()).contains("a relative path"));
    }

    @Test
    void refusesWhatIsNoRegularFile() {
        for (char type : "123456789gLKSV\0".toCharArray()) {
            Tar tar = new Tar().file("run.py", "");
            tar.header("x", type, 0, _ -> {});
            assertTrue(refusal(tar.end()).contains("regular files only"), "type " + (int) type);
        }
        Tar linked = new Tar().file("run.py", "");
        linked.header("x", '0', 0, block -> Tar.put(block, 157, "y"));
        assertTrue(refusal(linked.end()).contains("regular files only"));
    }

    @Test
    void refusesPlacesThatAreTaken() {
        assertTrue(refusal(new Tar().file("a", "").file("a", "").end()).contains("taken"));
        assertTrue(refusal(new Tar().file("a", "").file("a/b", "").end()).contains("folder"));
        assertTrue(refusal(new Tar().file("a/b", "").file("a", "").end()).contains("taken"));
        assertTrue(refusal(new Tar().file("a.enc", "").file("a/b", "").end()).contains("folder"));
        assertTrue(refusal(new Tar().file("a/b", "").file("a.enc", "").end()).contains("taken"));
    }

    @Test
    void refusesExtendedHeadersThatSayMore() {
        for (String record :
                List.of(
                        "linkpath=x",
                        "GNU.sparse.major=1",
                        "hdrcharset=BINARY",
                        "size=-1",
                        "size=",
                        "size=1e3",
                        "size=9999999999999",
                        "=x")) {
            refusal(new Tar().extended(record).file("run.py", "").end());
        }
        assertTrue(
                refusal(new Tar().extended("path=a", "path=b").file("run.py", "").end())
                        .contains("each name once"));
        for (String records :
                List.of(
                        "",
                        "x",
                        "9 path=a\n",
                        "10 path=a\n",
                        "010 path=ab\n",
                        "9 path=ab\n",
                        " ")) {
            Tar tar = new Tar();
            tar.header("x", 'x', records.length(), _ -> {});
            tar.content(records);
            byte[] bytes = tar.file("run.py", "").end();
            if (records.isEmpty() || records.equals("9 path=a\n")) {
                assertThrowsNothing(bytes, records);
            } else {
                refusal(bytes);
            }
        }
        assertTrue(
                refusal(new Tar().extended("mtime=1").extended("mtime=1").file("run.py", "").end())
                        .contains("after an extended header"));
        Tar large = new Tar();
        large.header("x", 'x', (64 << 10) + 1, _ -> {});
        assertTrue(refusal(large.end()).contains("65536"));
    }

    private static void assertThrowsNothing(byte[] tar, String records) {
        // One is empty, the other has a path and nothing else; neither is refused for its form.
        try {
            read(tar);
        } catch (IOException | MalformedException e) {
            assertTrue(
                    records.startsWith("9") && String.valueOf(e.getMessage()).contains("run.py"));
        }
    }

    @Test
    void refusesAHeaderWithAnyByteAltered() throws Exception {
        byte[] tar = new Tar().file("run.py", "abc").end();
        assertEquals(1, read(tar).paths().size());
        for (int i = 0; i < TarHeader.BLOCK; i++) {
            byte[] altered = Fixtures.flipped(tar, i, 1);
            assertThrows(MalformedException.class, () -> read(altered), "byte " + i);
        }
    }

    @Test
    void refusesWhatIsNoZeroBetweenAndBehindFiles() throws Exception {
        byte[] tar = new Tar().file("run.py", "abc").end();
        for (int at : new int[] {515, 1023, 1024, 1536, 2047, 2048, tar.length - 1}) {
            assertThrows(MalformedException.class, () -> read(Fixtures.flipped(tar, at, 1)));
        }
        assertEquals(1, read(Arrays.copyOf(tar, 2048)).paths().size());
        assertEquals(1, read(Arrays.copyOf(tar, 5000)).paths().size());
    }

    @Test
    void refusesATarCutAnywhere() {
        byte[] tar = new Tar().extended("mtime=1.25").file("run.py", "abc").end();
        for (int length = 0; length < 7 * TarHeader.BLOCK / 2; length += 37) {
            byte[] cut = Arrays.copyOf(tar, length);
            assertThrows(MalformedException.class, () -> read(cut));
        }
    }

    @Test
    void refusesSizesThatFitNoBundle() {
        Tar tar = new Tar();
        tar.header("x", '0', (1L << 33) - 1, _ -> {});
        refusal(tar.end());
        assertTrue(
                refusal(new Tar().extended("size=999999999999").file("run.py", "").end())
                        .contains("fits a bundle"));
        assertTrue(
                refusal(new Tar().file("run.py", "#".repeat((1 << 20) + 1)).end())
                        .contains("1048576"));
    }

    @Test
    void refusesMoreFilesThanARunTakes() {
        Tar tar = new Tar();
        for (int i = 0; i <= ProjectReader.MAX_FILES; i++) {
            tar.file("f" + i, "");
        }
        assertTrue(refusal(tar.end()).contains("10000 files"));
    }

    @Test
    void refusesTextThatIsNoUtf8() {
        byte[] tar = new Tar().file("run.py", "").file("x", "").end();
        tar[TarHeader.BLOCK] = (byte) 0xff;
        Tar.sum(tar, TarHeader.BLOCK);
        assertTrue(refusal(tar).contains("UTF-8"));
    }

    /// Writes a tar, right or wrong.
    private static final class Tar {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        @FunctionalInterface
        interface Change {
            void to(byte[] block);
        }

        static void put(byte[] block, int at, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            System.arraycopy(bytes, 0, block, at, bytes.length);
        }

        static void sum(byte[] tar, int at) {
            Arrays.fill(tar, at + 148, at + 156, (byte) ' ');
            int sum = 0;
            for (int i = 0; i < TarHeader.BLOCK; i++) {
                sum += tar[at + i] & 0xff;
            }
            byte[] text = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(text, 0, tar, at + 148, text.length);
        }

        void header(String name, char type, long size, Change change) {
            byte[] block = new byte[TarHeader.BLOCK];
            put(block, 0, name);
            put(block, 100, "0100664\0" + "0001750\0" + "0001750\0");
            put(block, 124, "%011o\0".formatted(size));
            put(block, 136, "14312345670\0");
            block[156] = (byte) type;
            put(block, 257, "ustar\00000");
            put(block, 265, "someone");
            change.to(block);
            sum(block, 0);
            out.writeBytes(block);
        }

        void content(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.writeBytes(bytes);
            out.writeBytes(new byte[-bytes.length & (TarHeader.BLOCK - 1)]);
        }

        Tar file(String name, String text) {
            header(name, '0', text.getBytes(StandardCharsets.UTF_8).length, _ -> {});
            content(text);
            return this;
        }

        Tar extended(String... records) {
            var text = new StringBuilder();
            for (String record : records) {
                int rest = record.getBytes(StandardCharsets.UTF_8).length + 2;
                int length = rest + 1;
                while (length != rest + Integer.toString(length).length()) {
                    length++;
                }
                text.append(length).append(' ').append(record).append('\n');
            }
            header(
                    "././@PaxHeader",
                    'x',
                    text.toString().getBytes(StandardCharsets.UTF_8).length,
                    _ -> {});
            content(text.toString());
            return this;
        }

        byte[] end() {
            out.writeBytes(new byte[2 * TarHeader.BLOCK]);
            out.writeBytes(new byte[(int) Math.floorMod(-(long) out.size(), 10240L)]);
            return out.toByteArray();
        }
    }
}
