package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.runtime.RuntimeCheck;
import io.cloister.attestation.runtime.RuntimeCheck.Altered;
import io.cloister.attestation.runtime.RuntimeCheck.Intact;
import io.cloister.attestation.runtime.RuntimeFolder;
import io.cloister.attestation.runtime.RuntimeVerifier;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/// Each test alters one thing of a runtime that is intact.
class RuntimeVerifierTest {
    private static final TestWheel SIX =
            TestWheel.honest("six", "1.17.0", Map.of("six.py", "one = 1\n"));
    private static final TestWheel PACK =
            TestWheel.honest(
                    "pack",
                    "2.0",
                    Map.of("pack/__init__.py", "", "pack/part/deep.py", "two = 2\n"));

    @TempDir Path temporary;

    private RuntimeFolder runtime;
    private Path sitePackages;
    private Sha256 digest;

    @BeforeEach
    void build() throws IOException {
        runtime = new RuntimeFolder(temporary);
        sitePackages = Files.createDirectories(runtime.sitePackages());
        Files.createDirectories(runtime.wheels());
        install(SIX, PACK);
    }

    private void install(TestWheel... wheels) throws IOException {
        var lock = new StringBuilder();
        for (TestWheel wheel : wheels) {
            lock.append(wheel.lockLines(wheel.write(runtime.wheels())));
            wheel.unpack(sitePackages);
        }
        Files.writeString(runtime.lock(), lock);
        digest = Sha256.of(Files.readAllBytes(runtime.lock()));
    }

    @Test
    void acceptsExactlyWhatTheLockSays() throws IOException {
        var intact = assertInstanceOf(Intact.class, verify());

        assertEquals(9, intact.runtime().installed().size());
        assertEquals(digest, intact.runtime().digest());
    }

    @Test
    void acceptsAnEmptyLock() throws IOException {
        Path other = Files.createDirectory(temporary.resolve("empty"));
        var empty = new RuntimeFolder(other);
        Files.createDirectories(empty.sitePackages());
        Files.createDirectories(empty.wheels());
        Files.writeString(empty.lock(), "# nothing\n");

        assertInstanceOf(
                Intact.class,
                RuntimeVerifier.verify(empty, Sha256.of(Files.readAllBytes(empty.lock()))));
    }

    @Test
    void refusesAChangedByte() throws IOException {
        Files.writeString(sitePackages.resolve("six.py"), "one = 2\n");
        assertAltered("changed: six.py");
    }

    @Test
    void refusesAnAppendedByte() throws IOException {
        Files.writeString(sitePackages.resolve("six.py"), "one = 1\n\n");
        assertAltered("changed: six.py");
    }

    @Test
    void refusesAChangedRecord() throws IOException {
        Path record = sitePackages.resolve(SIX.recordPath());
        Files.writeString(record, Files.readString(record) + "\n");
        assertAltered("changed: six-1.17.0.dist-info/RECORD");
    }

    @Test
    void refusesAnExtraFile() throws IOException {
        Files.writeString(sitePackages.resolve("pack/extra.py"), "");
        assertAltered("in no wheel: pack/extra.py");
    }

    @Test
    void refusesCompiledCode() throws IOException {
        Files.createDirectory(sitePackages.resolve("__pycache__"));
        Files.writeString(sitePackages.resolve("__pycache__/six.cpython-311.pyc"), "");
        assertAltered("a folder of no wheel: __pycache__");
    }

    @Test
    void refusesAPathConfigurationFile() throws IOException {
        Files.writeString(sitePackages.resolve("evil.pth"), "import os\n");
        assertAltered("in no wheel: evil.pth");
    }

    @Test
    void refusesAMissingFile() throws IOException {
        Files.delete(sitePackages.resolve("pack/part/deep.py"));
        assertAltered("missing: pack/part/deep.py");
    }

    @Test
    void refusesALinkEvenToTheRightContent() throws IOException {
        Path elsewhere = temporary.resolve("elsewhere.py");
        Files.move(sitePackages.resolve("six.py"), elsewhere);
        Files.createSymbolicLink(sitePackages.resolve("six.py"), elsewhere);
        assertAltered("not a plain file: six.py");
    }

    @Test
    void refusesALinkedFolder() throws IOException {
        Path elsewhere = temporary.resolve("elsewhere");
        Files.move(sitePackages.resolve("pack"), elsewhere);
        Files.createSymbolicLink(sitePackages.resolve("pack"), elsewhere);
        assertAltered("not a plain file: pack");
    }

    @Test
    void refusesAFileWhereTheWheelHasAFolder() throws IOException {
        Files.delete(sitePackages.resolve("pack/part/deep.py"));
        Files.delete(sitePackages.resolve("pack/part"));
        Files.writeString(sitePackages.resolve("pack/part"), "");
        assertAltered("in no wheel: pack/part");
    }

    @Test
    void refusesAnotherLock() throws IOException {
        Files.writeString(runtime.lock(), Files.readString(runtime.lock()) + "# comment\n");
        assertAltered("the lock is sha256:");
    }

    @Test
    void refusesAWheelWhoseHashIsNotInTheLock() throws IOException {
        byte[] wheel = Files.readAllBytes(runtime.wheels().resolve(SIX.fileName()));
        wheel[wheel.length - 1] ^= 1;
        Files.write(runtime.wheels().resolve(SIX.fileName()), wheel);
        assertAltered("its hash is not in the lock: six-1.17.0");
    }

    @Test
    void refusesAWheelThatTheLockDoesNotName() throws IOException {
        TestWheel.honest("other", "1.0", Map.of("other.py", "")).write(runtime.wheels());
        assertAltered("not in the lock: other-1.0");
    }

    @Test
    void refusesASecondWheelOfOnePackage() throws IOException {
        Path wheel = runtime.wheels().resolve(SIX.fileName());
        Files.copy(wheel, runtime.wheels().resolve("six-1.17.0-py2.py3-none-any.whl"));
        assertAltered("a second wheel of one package");
    }

    @Test
    void refusesAMissingWheel() throws IOException {
        Files.delete(runtime.wheels().resolve(PACK.fileName()));
        assertAltered("no wheel of pack");
    }

    @Test
    void refusesAnythingButWheelsAmongTheWheels() throws IOException {
        Files.writeString(runtime.wheels().resolve("setup.py"), "");
        assertAltered("a wheel's file name");
    }

    @Test
    void refusesALinkedWheel() throws IOException {
        Path wheel = runtime.wheels().resolve(SIX.fileName());
        Path elsewhere = temporary.resolve("elsewhere.whl");
        Files.move(wheel, elsewhere);
        Files.createSymbolicLink(wheel, elsewhere);
        assertAltered("not a plain file: six-1.17.0");
    }

    @Test
    void refusesAWheelWhoseRecordLies() throws IOException {
        TestWheel lying =
                SIX.withRecord(
                        SIX.record()
                                .replace(
                                        TestWheel.line("six.py", "one = 1\n"),
                                        TestWheel.line("six.py", "one = 2\n")));
        install(lying, PACK);
        assertAltered("changed: six.py");
    }

    /// Somebody exchanges the wheel for one that says what is installed is right, whenever its hash
    /// might have been taken already.
    @Test
    void believesNoWheelThatIsExchangedWhileItIsRead() throws Exception {
        Path file = runtime.wheels().resolve(SIX.fileName());
        byte[] locked = Files.readAllBytes(file);
        TestWheel lying =
                SIX.withRecord(
                        SIX.record()
                                .replace(
                                        TestWheel.line("six.py", "one = 1\n"),
                                        TestWheel.line("six.py", "one = 2\n")));
        lying.write(runtime.wheels());
        byte[] exchanged = Files.readAllBytes(file);
        lying.unpack(sitePackages);
        Files.writeString(sitePackages.resolve("six.py"), "one = 2\n");
        var over = new AtomicBoolean();
        Thread exchanging =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!over.get()) {
                                exchange(file, locked);
                                exchange(file, exchanged);
                            }
                        });
        try {
            for (int i = 0; i < 300; i++) {
                assertInstanceOf(Altered.class, verify());
            }
        } finally {
            over.set(true);
            exchanging.join();
        }
    }

    private static void exchange(Path file, byte[] content) {
        try {
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void refusesAWheelThatIsNoArchive() throws IOException {
        Path file = runtime.wheels().resolve(SIX.fileName());
        byte[] wheel = Files.readAllBytes(file);
        for (byte[] broken :
                List.of(
                        new byte[0],
                        Arrays.copyOf(wheel, wheel.length - 1),
                        Arrays.copyOf(wheel, wheel.length + 1),
                        Arrays.copyOfRange(wheel, 1, wheel.length))) {
            Files.write(file, broken);
            Path pack = runtime.wheels().resolve(PACK.fileName());
            Files.writeString(runtime.lock(), SIX.lockLines(file) + PACK.lockLines(pack));
            digest = Sha256.of(Files.readAllBytes(runtime.lock()));
            assertAltered("a ZIP archive of one volume");
        }
    }

    @Test
    void refusesAWheelWhoseRecordLeavesItsFolder() throws IOException {
        install(SIX.withRecord(TestWheel.line("../../evil.py", "") + SIX.record()), PACK);
        assertAltered("a plain relative path");
    }

    @Test
    void refusesTwoWheelsThatInstallOneFile() throws IOException {
        install(SIX, PACK, TestWheel.honest("thief", "1.0", Map.of("six.py", "one = 1\n")));
        assertAltered("installed by two wheels: six.py");
    }

    @Test
    void doesNotInstallScripts() throws IOException {
        TestWheel wheel =
                TestWheel.honest("tool", "1.0", Map.of("tool-1.0.data/scripts/run", "#!/bin/sh\n"));
        install(SIX, PACK, wheel);

        assertAltered("a folder of no wheel: tool-1.0.data");
    }

    @Test
    void saysNeitherWhenFilesCannotBeRead() throws IOException {
        Files.delete(runtime.lock());

        assertThrows(IOException.class, this::verify);
    }

    private RuntimeCheck verify() throws IOException {
        return RuntimeVerifier.verify(runtime, digest);
    }

    private void assertAltered(String problem) throws IOException {
        var altered = assertInstanceOf(Altered.class, verify());

        assertTrue(
                altered.problems().stream().anyMatch(found -> found.contains(problem)),
                () -> altered.problems().toString());
    }
}
