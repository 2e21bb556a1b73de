package io.cloister.crypto.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeStatement;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

class BundleTest {
    private static final String LONG_FOLDER = "d".repeat(90);

    private static Map<String, String> accepted() {
        Map<String, String> files = new TreeMap<>();
        files.put("run.py", "print('clear')\n");
        files.put("requirements.txt", "numpy\n");
        files.put("requirements.lock", "# none\n");
        files.put("secret/__init__.py.age", "");
        files.put("secret/größe.py.age", "x".repeat(1000));
        files.put("secret/" + LONG_FOLDER + "/table.csv.age", "y".repeat(512));
        files.put("wheels/toml-0.10.2-py2.py3-none-any.whl", "PK");
        return files;
    }

    private static byte[] write(Map<String, String> files) throws MalformedException, IOException {
        var out = new ByteArrayOutputStream();
        var writer = new BundleWriter(out);
        for (Map.Entry<BundlePath, Bytes> file : sorted(files).entrySet()) {
            byte[] content = file.getValue().toArray();
            writer.add(file.getKey(), content.length, new ByteArrayInputStream(content));
        }
        writer.finish();
        return out.toByteArray();
    }

    private static Map<BundlePath, Bytes> sorted(Map<String, String> files)
            throws MalformedException {
        Map<BundlePath, Bytes> sorted = new TreeMap<>();
        for (Map.Entry<String, String> file : files.entrySet()) {
            sorted.put(BundlePath.parse(file.getKey(), "path"), Bytes.utf8(file.getValue()));
        }
        return sorted;
    }

    private static BundleSummary read(byte[] bundle) throws MalformedException {
        return BundleSummary.read(Bytes.copyOf(bundle));
    }

    private static void refuses(String expected, byte[] bundle) {
        var refusal = assertThrows(MalformedException.class, () -> read(bundle));
        assertTrue(String.valueOf(refusal.getMessage()).contains(expected), refusal.toString());
    }

    private static void refusesFiles(String expected, String... extra) {
        Map<String, String> files = accepted();
        for (String path : extra) {
            files.put(path, "z");
        }
        var refusal = assertThrows(MalformedException.class, () -> write(files));
        assertTrue(String.valueOf(refusal.getMessage()).contains(expected), refusal.toString());
    }

    @Test
    void readsBackWhatWasWritten() throws Exception {
        BundleSummary summary = read(write(accepted()));
        assertEquals(Bytes.utf8("print('clear')\n"), summary.run());
        assertEquals(Optional.of(Bytes.utf8("numpy\n")), summary.requirements());
        assertEquals(Optional.of(Bytes.utf8("# none\n")), summary.lock());
        assertEquals(sorted(accepted()).keySet(), Map.copyOf(indexed(summary.paths())).keySet());
        assertTrue(summary.hasWheels());
    }

    private static Map<BundlePath, Integer> indexed(List<BundlePath> paths) {
        Map<BundlePath, Integer> all = new TreeMap<>();
        paths.forEach(path -> all.put(path, all.size()));
        return all;
    }

    @Test
    void writesTheSameBytesForTheSameFiles() throws Exception {
        assertEquals(Sha256.of(write(accepted())), Sha256.of(write(accepted())));
    }

    @Test
    void stockTarReadsIt(@TempDir Path folder) throws Exception {
        Path tar = folder.resolve("code.tar");
        Files.write(tar, write(accepted()));
        var process =
                new ProcessBuilder("tar", "-xf", tar.toString(), "-C", folder.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        for (Map.Entry<String, String> file : accepted().entrySet()) {
            if (file.getKey().chars().allMatch(c -> c < 0x80)) {
                assertEquals(file.getValue(), Files.readString(folder.resolve(file.getKey())));
            }
        }
    }

    @Test
    void demandsRun() {
        Map<String, String> files = accepted();
        files.remove("run.py");
        assertThrows(MalformedException.class, () -> write(files));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "module.py",
                "sub/run.py",
                "sub/wheels/x.whl",
                "wheels/sub/x.whl",
                "wheels/.whl",
                "wheels/x.tar.gz",
                ".age",
                "sub/.age",
                "/etc/passwd.age",
                "../up.age",
                "sub/../up.age",
                "./here.age",
                "sub//twice.age",
                "sub/",
                "",
                "back\\slash.age",
                "new\nline.age",
                "bell\u0007.age",
                "decomposed-u\u0308.age",
                "right\u202eleft.age",
                "run.py.age",
                "RUN.PY.age",
                "requirements.txt.age",
                "requirements.lock.age",
                "wheels.age",
                "wheels/evil.py.age",
                "Wheels/evil.py.age"
            })
    void refusesPath(String path) {
        assertThrows(MalformedException.class, () -> BundlePath.parse(path, "path"));
    }

    @Test
    void refusesPathThatIsTooLongOrTooDeep() {
        assertThrows(
                MalformedException.class, () -> BundlePath.parse("n".repeat(97) + ".age", "path"));
        assertThrows(
                MalformedException.class,
                () -> BundlePath.parse("d/".repeat(16) + "x.age", "path"));
        assertThrows(
                MalformedException.class,
                () -> BundlePath.parse(("d".repeat(80) + "/").repeat(4) + "x.age", "path"));
    }

    @Test
    void refusesFilesThatMeetInOnePlace() {
        refusesFiles("a place of its own", "secret/A.py.age", "secret/a.py.age");
        refusesFiles("a place of its own", "Secret/b.py.age");
        refusesFiles("a place of its own", "secret.age");
        refusesFiles("a place of its own", "Secret.age");
        refusesFiles("a place of its own", "straße.age", "strasse.age", "STRASSE.age");
    }

    @Test
    void refusesDescendingAndRepeatedPaths() throws Exception {
        var writer = new BundleWriter(new ByteArrayOutputStream());
        writer.add(new BundlePath("b.age"), 0, new ByteArrayInputStream(new byte[0]));
        for (String path : List.of("a.age", "b.age")) {
            assertThrows(
                    MalformedException.class,
                    () ->
                            writer.add(
                                    new BundlePath(path),
                                    0,
                                    new ByteArrayInputStream(new byte[0])));
        }
    }

    @Test
    void refusesRunLargerThanAMebibyte() {
        var writer = new BundleWriter(new ByteArrayOutputStream());
        assertThrows(
                MalformedException.class,
                () ->
                        writer.add(
                                BundlePath.RUN,
                                BundleRules.MAX_CLEAR_BYTES + 1,
                                new ByteArrayInputStream(new byte[0])));
    }

    @Test
    void refusesBundleLargerThanAGibibyte() {
        var rules = new BundleRules();
        var refusal =
                assertThrows(
                        MalformedException.class,
                        () ->
                                rules.accept(
                                        new BundlePath("x.age"),
                                        CodeStatement.MAX_BUNDLE_BYTES - 1024));
        assertTrue(String.valueOf(refusal.getMessage()).contains("at most"), refusal.toString());
    }

    @Test
    void refusesMoreFilesThanTenThousand() throws Exception {
        var rules = new BundleRules();
        for (int i = 0; i < BundleRules.MAX_FILES; i++) {
            rules.accept(new BundlePath("%05d.age".formatted(i)), 0);
        }
        assertThrows(MalformedException.class, () -> rules.accept(new BundlePath("x.age"), 0));
    }

    @Test
    void refusesContentThatChangedWhileItWasRead() {
        for (int size : new int[] {1, 3}) {
            var writer = new BundleWriter(new ByteArrayOutputStream());
            assertThrows(
                    IOException.class,
                    () ->
                            writer.add(
                                    new BundlePath("x.age"),
                                    size,
                                    new ByteArrayInputStream(new byte[2])));
        }
    }

    @Test
    void refusesEveryTruncation() throws Exception {
        byte[] bundle = write(accepted());
        for (int length = 0; length < bundle.length; length += 101) {
            byte[] cut = Arrays.copyOf(bundle, length);
            assertThrows(MalformedException.class, () -> read(cut), "cut to " + length);
        }
        assertThrows(
                MalformedException.class, () -> read(Arrays.copyOf(bundle, bundle.length - 1)));
    }

    @Test
    void refusesWhateverFollowsTheEnd() throws Exception {
        byte[] bundle = write(accepted());
        refuses("the end", Arrays.copyOf(bundle, bundle.length + 1));
        refuses("the end", Arrays.copyOf(bundle, bundle.length + 512));
    }

    @Test
    void refusesEveryOtherByteInAHeader() throws Exception {
        byte[] bundle = write(Map.of("run.py", "x"));
        for (int i = 0; i < 512; i++) {
            byte[] changed = bundle.clone();
            changed[i] ^= 1;
            assertThrows(MalformedException.class, () -> read(changed), "byte " + i);
        }
    }

    @Test
    void refusesPaddingOtherThanZero() throws Exception {
        byte[] bundle = write(Map.of("run.py", "x"));
        bundle[600] = 1;
        refuses("zero bytes after the content", bundle);
    }

    /// Each changes one field of an accepted header and makes its checksum right again.
    @Test
    void refusesLinksDevicesFoldersAndForeignFields() throws Exception {
        List<Consumer<byte[]>> changes =
                List.of(
                        header -> header[156] = '1',
                        header -> header[156] = '2',
                        header -> header[156] = '5',
                        header -> header[156] = 'x',
                        header -> header[156] = 'L',
                        header -> header[156] = 0,
                        header -> header[157] = 'l',
                        header -> header[106] = '7',
                        header -> header[114] = '1',
                        header -> header[122] = '1',
                        header -> header[146] = '1',
                        header -> header[263] = ' ',
                        header -> header[265] = 'u',
                        header -> header[297] = 'g',
                        header -> header[336] = '1',
                        header -> header[500] = 1);
        for (int i = 0; i < changes.size(); i++) {
            byte[] bundle = write(Map.of("run.py", "x"));
            changes.get(i).accept(bundle);
            refresh(bundle);
            refuses("the header of a regular file in its one form", bundle);
        }
    }

    private static void refresh(byte[] bundle) {
        Arrays.fill(bundle, 148, 156, (byte) ' ');
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += bundle[i] & 0xff;
        }
        byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, bundle, 148, text.length);
    }

    @Test
    void skipsWhatIsNotRead() throws Exception {
        var reader = new BundleReader(new ByteArrayInputStream(write(accepted())));
        int files = 0;
        while (reader.next().isPresent()) {
            files++;
        }
        assertEquals(accepted().size(), files);
        assertTrue(reader.next().isEmpty());
    }

    @Test
    void namesWhatDiffersFromTheStatement() throws Exception {
        byte[] bundle = write(accepted());
        BundleSummary summary = read(bundle);
        CodeStatement same = statement(summary, summary.bytes());
        assertTrue(summary.differencesFrom(same).isEmpty());
        assertEquals(
                List.of("bundleBytes"),
                summary.differencesFrom(statement(summary, summary.bytes() + 1)));
        Map<String, String> files = accepted();
        files.put("run.py", "print('other')\n");
        assertEquals(List.of("bundle", "entrypoint"), read(write(files)).differencesFrom(same));
        files = accepted();
        files.remove("requirements.lock");
        assertEquals(
                List.of("bundle", "bundleBytes", "lock"), read(write(files)).differencesFrom(same));
    }

    private static CodeStatement statement(BundleSummary summary, long bytes)
            throws MalformedException {
        return new CodeStatement(
                ComputationId.parse("00".repeat(16), "id"),
                Sha256.of(new byte[0]),
                new Email("cp@example.org"),
                summary.digest(),
                bytes,
                Sha256.of(summary.run()),
                summary.requirements().map(Sha256::of),
                summary.lock().map(Sha256::of),
                Instant.EPOCH);
    }

    @Test
    void knowsWhichFilesAreClear() throws Exception {
        assertTrue(BundlePath.RUN.isClear());
        assertTrue(new BundlePath("wheels/a.whl").isClear());
        BundlePath encrypted = BundlePath.encrypted("secret/a.py", "path");
        assertFalse(encrypted.isClear());
        assertEquals("secret/a.py", encrypted.clearPath());
        assertThrows(MalformedException.class, () -> BundlePath.encrypted("run.py", "path"));
        assertEquals("run.py", BundlePath.RUN.clearPath());
    }
}
