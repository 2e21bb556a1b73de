package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.testkit.TestWheel;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a sandbox does with the wheels that come with the code. Each refused wheel is the accepted
/// one with one thing altered.
final class WheelsTest {
    private static final Map<String, String> FILES =
            Map.of(
                    "greet/__init__.py",
                    "from importlib import resources\n"
                            + "def hello(): return resources.files(__name__)"
                            + ".joinpath('word.txt').read_text()\n",
                    "greet/word.txt",
                    "good day",
                    "greet/b1.py",
                    "x = 1\n",
                    "greet/b2.py",
                    "x = 1\n");
    private static final TestWheel ACCEPTED = TestWheel.honest("greet", "1.0", FILES);

    @TempDir Path folder;

    private Run importing(String... more) {
        return Run.of(
                "import greet, importlib.metadata, os",
                "print(greet.hello(), importlib.metadata.version('greet'), greet.__file__)",
                String.join("\n", more));
    }

    private void refused(String reason, Path... wheels) {
        var refusal =
                assertThrows(
                        WheelsRefusedException.class, () -> importing().wheels(wheels).start());
        assertTrue(String.valueOf(refusal.getMessage()).contains(reason), refusal.getMessage());
    }

    /// The accepted wheel's bytes, changed.
    private Path altered(TestWheel wheel, UnaryOperator<byte[]> change) throws IOException {
        Path file = wheel.write(folder);
        Files.write(file, change.apply(Files.readAllBytes(file)));
        return file;
    }

    /// Every occurrence of `from` in what is stored as it is, such as the names of members.
    private static byte[] replaced(byte[] bytes, String from, String to) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        assertEquals(from.length(), to.length());
        assertTrue(text.contains(from));
        return text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
    }

    /// Where the list of members has the one called `name`.
    private static int member(byte[] bytes, String name) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = text.lastIndexOf(name) - 46;
        assertEquals("PK\001\002", text.substring(at, at + 4));
        return at;
    }

    @Test
    void installsAWheelAndItsData() throws Exception {
        Run.Result result = importing().wheels(ACCEPTED.write(folder)).run();

        assertEquals("good day 1.0 /packages/greet/__init__.py\n", result.printed());
    }

    /// Who made the wheels is not trusted with more than the agreed memory, before the run has its
    /// own limits.
    @Test
    void boundsTheMemoryOfTheInterpreterWhileItInstalls() throws Exception {
        Path file = ACCEPTED.write(folder);
        Wheels wheels =
                sandbox -> {
                    try (OutputStream into = sandbox.wheel("greet-1.0-py3-none-any.whl")) {
                        Files.copy(file, into);
                    }
                    awaitALimitOfMemory();
                };
        Sandbox.start(importing().memory(512L << 20).settings(), Optional.of(wheels)).close();
    }

    private static void awaitALimitOfMemory() {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (ProcessHandle.current().descendants().noneMatch(WheelsTest::isLimited)) {
            assertTrue(System.nanoTime() < end, "no process has a limit of memory");
            Thread.onSpinWait();
        }
    }

    /// Whether the process may have the agreed memory, and what it had before at most.
    private static boolean isLimited(ProcessHandle process) {
        try {
            Matcher limit =
                    Pattern.compile("Max data size +([0-9]+) ")
                            .matcher(
                                    Files.readString(
                                            Path.of("/proc/" + process.pid() + "/limits")));
            return limit.find()
                    && Long.parseLong(limit.group(1)) > 512L << 20
                    && Long.parseLong(limit.group(1)) < 640L << 20;
        } catch (IOException _) {
            return false; // it has ended
        }
    }

    @Test
    void loadsAnExtensionModuleFromAWheel() throws Exception {
        String found = dynamic();
        Path library = Path.of(found);
        String name = String.valueOf(library.getFileName());
        String module = name.substring(0, name.indexOf('.'));
        var interpreter = TestPython.interpreter();
        String tag = "cp3" + interpreter.minor();
        TestWheel wheel =
                TestWheel.honest("fast", "2.1", Map.of("fast/__init__.py", ""))
                        .with("fast/" + name, Bytes.copyOf(Files.readAllBytes(library)))
                        .tagged(tag + "-" + tag + "-manylinux_2_28_" + machine());

        Run.Result result =
                Run.of("import fast." + module + " as m", "print(m.__file__)")
                        .wheels(wheel.write(folder))
                        .run();

        assertEquals("/packages/fast/" + name + "\n", result.printed());
    }

    private static String machine() {
        String arch = System.getProperty("os.arch");
        return arch.equals("amd64") ? "x86_64" : arch;
    }

    /// An extension module of the interpreter's own, which any package may have a copy of.
    private static String dynamic() throws Exception {
        Process python =
                new ProcessBuilder(
                                TestPython.interpreter().path().toString(),
                                "-I",
                                "-S",
                                "-c",
                                "import glob, sysconfig; print(sorted(glob.glob(sysconfig.get_path("
                                        + "'platstdlib') + '/lib-dynload/_[jq]*.so'))[0])")
                        .start();
        String found =
                new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        Assumptions.assumeTrue(
                python.waitFor(20, TimeUnit.SECONDS) && python.exitValue() == 0,
                "this CPython has all its extension modules built in");
        return found;
    }

    @Test
    void putsPurelibAndPlatlibWhereTheyBelongAndDropsScripts() throws Exception {
        TestWheel spread =
                ACCEPTED.with("greet-1.0.data/purelib/greet_more.py", Bytes.utf8("y = 2\n"))
                        .with("greet-1.0.data/platlib/greet_much.py", Bytes.utf8("y = 3\n"))
                        .with("greet-1.0.data/scripts/greet", Bytes.utf8("#!python\n"))
                        .with("greet-1.0.data/data/etc/greet", Bytes.utf8("z"));
        Run.Result result =
                importing(
                                "import greet_more, greet_much",
                                "print(greet_more.y, greet_much.y)",
                                "print(sorted(os.listdir('/packages')))")
                        .wheels(spread.write(folder))
                        .run();

        assertTrue(
                result.printed()
                        .endsWith(
                                "2 3\n['greet', 'greet-1.0.dist-info', 'greet_more.py',"
                                        + " 'greet_much.py']\n"),
                result.printed());
    }

    @Test
    void letsTheRuntimeAndOurOwnPackagesStandFirst() throws Exception {
        Path runtime = Files.createDirectories(folder.resolve("site"));
        Files.writeString(runtime.resolve("shelf.py"), "X = 7\n");
        Run.Result result =
                importing("import sys, shelf", "print(sys.path[-3:], shelf.X)")
                        .packages(runtime)
                        .wheels(ACCEPTED.write(folder))
                        .run();

        assertTrue(
                result.printed().endsWith("['/runtime', '/cloister', '/packages'] 7\n"),
                result.printed());
    }

    @Test
    void countsWhatIsInstalledAsMemory() throws Exception {
        TestWheel large = ACCEPTED.with("greet/large.bin", Bytes.copyOf(new byte[40 << 20]));
        Path file = large.write(folder);
        Run.Result fits = importing().memory(256L << 20).wheels(file).run();
        assertInstanceOf(RunOutcome.Success.class, fits.report().outcome());
        assertTrue(
                fits.report().usage().peakMemoryBytes() > 40L << 20,
                fits.report().usage().toString());

        var refusal =
                assertThrows(
                        WheelsRefusedException.class,
                        () -> importing().memory(64L << 20).wheels(file).start());
        assertTrue(
                String.valueOf(refusal.getMessage()).contains("the wheels unpack to more than"),
                refusal.getMessage());
    }

    @Test
    void refusesToTakeTheNameOfARuntimesPackage() throws Exception {
        Path runtime = Files.createDirectories(folder.resolve("site/numpy"));
        Files.writeString(runtime.resolve("__init__.py"), "");
        Path wheel = ACCEPTED.with("numpy/evil.py", Bytes.utf8("")).write(folder);
        var refusal =
                assertThrows(
                        WheelsRefusedException.class,
                        () -> importing().packages(folder.resolve("site")).wheels(wheel).start());
        assertEquals(
                "greet-1.0-py3-none-any.whl: it brings numpy, which is a name of the runtime",
                refusal.getMessage());

        // The same wheel, where nobody has that name.
        importing().wheels(wheel).start().close();
    }

    @Test
    void refusesToTakeTheNameOfTheStandardLibraryOrOurs() throws Exception {
        for (var taken :
                Map.of(
                                "json.py", "json, which is a name of the standard library",
                                "email/x.py", "email, which is a name of the standard library",
                                "_struct.cpython-311-x86_64-linux-gnu.so",
                                        "_struct, which is a name of the standard library",
                                "cloister/x.py", "cloister, which is a name of Cloister",
                                "cosmian_lib_sgx.py",
                                        "cosmian_lib_sgx, which is a name of Cloister",
                                "greet-1.0.data/purelib/os.py",
                                        "os, which is a name of the standard library",
                                "sitecustomize.py", "sitecustomize, which is a name of Cloister")
                        .entrySet()) {
            refused(taken.getValue(), ACCEPTED.with(taken.getKey(), Bytes.utf8("")).write(folder));
        }
    }

    @Test
    void refusesFilesThatAreNotWhatTheirRecordSays() throws Exception {
        String record = ACCEPTED.record();
        String word = TestWheel.line("greet/word.txt", "good day");
        refused(
                "greet/word.txt is not what its RECORD says",
                ACCEPTED.withRecord(
                                record.replace(word, TestWheel.line("greet/word.txt", "good dax")))
                        .write(folder));
        refused(
                "greet/word.txt is not of the size in its RECORD",
                ACCEPTED.withRecord(record.replace(word, TestWheel.line("greet/word.txt", "good")))
                        .write(folder));
        refused(
                "greet/word.txt is not in its RECORD",
                ACCEPTED.withRecord(record.replace(word, "")).write(folder));
        refused(
                "greet/word.txt is in its RECORD twice",
                ACCEPTED.withRecord(word + record).write(folder));
        refused(
                "greet/gone.py of its RECORD is missing",
                ACCEPTED.withRecord(TestWheel.line("greet/gone.py", "") + record).write(folder));
        refused(
                "its RECORD has no SHA-256 and size of greet/word.txt",
                ACCEPTED.withRecord(record.replace(word, "greet/word.txt,,\n")).write(folder));
        refused(
                "its RECORD has more lines than a wheel may have files",
                ACCEPTED.withRecord(record + "\n".repeat(60_000)).write(folder));
        refused(
                "its RECORD does not list itself",
                ACCEPTED.withRecord(record.replace("greet-1.0.dist-info/RECORD,,\n", ""))
                        .write(folder));
    }

    @Test
    void refusesPathsThatLeadElsewhere() throws Exception {
        for (String path :
                List.of("../evil.py", "/evil.py", "greet//evil.py", "greet/./evil.py", "a\\b.py")) {
            refused("is no plain relative path", ACCEPTED.with(path, Bytes.utf8("")).write(folder));
        }
        // A folder's entry is a path as well.
        refused("is no plain relative path", ACCEPTED.with("../up/", Bytes.utf8("")).write(folder));
    }

    @Test
    void refusesAMemberThatIsThereTwice() throws Exception {
        refused(
                "greet/b1.py is in it twice",
                altered(ACCEPTED, bytes -> replaced(bytes, "greet/b2.py", "greet/b1.py")));
    }

    @Test
    void refusesTwoFilesInOnePlace() throws Exception {
        refused(
                "greet/b1.py is a file of",
                ACCEPTED.with("greet-1.0.data/purelib/greet/b1.py", Bytes.utf8("x")).write(folder));
        refused(
                "both a file and a folder",
                ACCEPTED.with("greet-1.0.data/purelib/greet/b1.py/x", Bytes.utf8("x"))
                        .write(folder));
        Path other = TestWheel.honest("other", "1.0", Map.of("greet/word.txt", "x")).write(folder);
        refused(
                "greet/word.txt is a file of greet-1.0-py3-none-any.whl too",
                ACCEPTED.write(folder),
                other);
    }

    @Test
    void refusesLinks() throws Exception {
        refused(
                "greet/b1.py is a link or a device",
                altered(
                        ACCEPTED,
                        bytes -> {
                            int at = member(bytes, "greet/b1.py");
                            ByteBuffer.wrap(bytes)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .putInt(at + 38, 0120777 << 16);
                            return bytes;
                        }));
    }

    @Test
    void refusesEncryptedMembersAndOtherCompressions() throws Exception {
        for (int[] change : new int[][] {{8, 1}, {10, 12}}) {
            refused(
                    "is neither stored nor deflated",
                    altered(
                            ACCEPTED,
                            bytes -> {
                                bytes[member(bytes, "greet/b1.py") + change[0]] = (byte) change[1];
                                return bytes;
                            }));
        }
    }

    @Test
    void refusesWhatIsNoZipArchiveOfOnePart() throws Exception {
        refused("it is no ZIP archive", altered(ACCEPTED, _ -> new byte[0]));
        refused("it is no ZIP archive", altered(ACCEPTED, _ -> new byte[100]));
        // A comment, in which another archive could hide its end.
        refused(
                "it is no ZIP archive of one part",
                altered(
                        ACCEPTED,
                        bytes -> {
                            byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
                            longer[bytes.length - 2] = 1;
                            return longer;
                        }));
        // Bytes before it, as of another archive.
        refused(
                "it is no ZIP archive of one part",
                altered(
                        ACCEPTED,
                        bytes -> {
                            byte[] longer = new byte[bytes.length + 1];
                            System.arraycopy(bytes, 0, longer, 1, bytes.length);
                            return longer;
                        }));
    }

    @Test
    void refusesContentThatDoesNotInflate() throws Exception {
        refused(
                "greet-1.0-py3-none-any.whl: it is no ZIP archive that can be read",
                altered(
                        ACCEPTED,
                        bytes -> {
                            String text = new String(bytes, StandardCharsets.ISO_8859_1);
                            int at =
                                    text.indexOf("greet/__init__.py")
                                            + "greet/__init__.py".length();
                            bytes[at] = (byte) 0xff;
                            return bytes;
                        }));
    }

    @Test
    void refusesAWheelOfAnotherPlatform() throws Exception {
        int minor = TestPython.interpreter().minor();
        for (String tag :
                List.of(
                        "py2-none-any",
                        "cp310-cp310-manylinux_2_28_" + machine(),
                        "cp3" + minor + "-cp3" + minor + "-win_amd64",
                        "cp3" + minor + "-cp3" + minor + "-manylinux_2_29_" + machine(),
                        "cp3" + minor + "-cp3" + minor + "-manylinux_2_28_riscv64",
                        "cp3" + minor + "-cp3" + minor + "-musllinux_1_2_" + machine(),
                        "cp3" + minor + "-cp3" + minor + "t-manylinux_2_28_" + machine(),
                        "cp3" + (minor + 1) + "-abi3-manylinux_2_28_" + machine())) {
            refused(
                    "it is not for CPython 3." + minor + " on Linux " + machine(),
                    ACCEPTED.tagged(tag).write(folder));
        }
        for (String tag :
                List.of(
                        "py2.py3-none-any",
                        "cp37-abi3-manylinux2014_" + machine(),
                        "cp3" + minor + "-none-manylinux1_" + machine())) {
            importing().wheels(ACCEPTED.tagged(tag).write(folder)).start().close();
        }
    }

    @Test
    void refusesAWheelThatIsAnotherPackageThanItsNameSays() throws Exception {
        Path wheel = ACCEPTED.write(folder);
        refused(
                "is that of another package",
                Files.move(wheel, folder.resolve("greet-2.0-py3-none-any.whl")));
        refused(
                "it has 0 RECORD files",
                altered(ACCEPTED, bytes -> replaced(bytes, "info/RECORD", "info/record")));
        refused(
                "its name is no wheel's",
                Files.copy(ACCEPTED.write(folder), folder.resolve("x.whl")));
    }

    @Test
    void usesNothingOfWheelsThatCouldNotAllBeHad() {
        Wheels broken =
                sandbox -> {
                    OutputStream into = sandbox.wheel("greet-1.0-py3-none-any.whl");
                    into.write(1);
                    throw new IOException("another bundle");
                };
        var failure =
                assertThrows(
                        IOException.class,
                        () -> Sandbox.start(importing().settings(), Optional.of(broken)));
        assertEquals("another bundle", failure.getMessage());
    }
}
