package io.cloister.client.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.runtime.WheelName;
import io.cloister.attestation.testkit.TestWheel;
import io.cloister.client.code.CodeFinding.Severity;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.RuntimeRef;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Each finding comes of the accepted project with one thing altered.
final class PackageCheckTest {
    private static final RuntimePackages RUNTIME =
            new RuntimePackages(
                    new RuntimeRef("base", Sha256.of(Bytes.utf8("lock"))),
                    Map.of("numpy", "2.4.6", "python-dateutil", "2.9.0"));
    private static final PythonTarget TARGET = new PythonTarget(11, "x86_64");
    private static final TestWheel GREET =
            TestWheel.honest("greet", "1.0", Map.of("greet/__init__.py", "x = 1\n"));
    private static final String FILE = "greet-1.0-py3-none-any.whl";

    @TempDir private Path project;

    @BeforeEach
    void accepted() throws Exception {
        Files.writeString(
                project.resolve("run.py"), "import greet\nfrom cloister import Enclave\n");
        Files.writeString(project.resolve("requirements.txt"), "greet\n");
        lock(GREET);
    }

    private void lock(TestWheel wheel) throws Exception {
        Path wheels = Files.createDirectories(project.resolve("wheels"));
        Files.deleteIfExists(wheels.resolve(FILE));
        Path file = wheel.write(wheels);
        var pinned =
                new CodeLock.Pinned(
                        WheelName.parse(wheel.fileName(), "test"),
                        Sha256.of(Files.readAllBytes(file)));
        Files.writeString(
                project.resolve("requirements.lock"),
                CodeLock.text(
                        Sha256.of(Files.readAllBytes(project.resolve("requirements.txt"))),
                        RUNTIME.ref(),
                        TARGET,
                        List.of(pinned)));
    }

    private List<CodeFinding> findings() throws Exception {
        return CodeCheck.check(project, Optional.of(RUNTIME)).findings();
    }

    private void finds(String code, String file, String sentence) throws Exception {
        List<CodeFinding> errors =
                findings().stream()
                        .filter(finding -> finding.severity() == Severity.ERROR)
                        .toList();
        assertEquals(
                List.of(code + " " + file),
                errors.stream().map(one -> one.code() + " " + one.file()).toList());
        assertTrue(errors.getFirst().sentence().contains(sentence), errors.toString());
    }

    @Test
    void findsNothingButWhatThePackagesTake() throws Exception {
        assertEquals(
                List.of("packages"),
                findings().stream()
                        .map(CodeFinding::code)
                        .filter(code -> !code.equals("clear-files"))
                        .toList());
        assertTrue(
                findings().toString().contains("1 package(s) come with the code, for CPython 3.11"),
                findings().toString());
    }

    @Test
    void readsBackTheLockItWrites() throws Exception {
        CodeLock lock = PackageCheck.lock(CodeFolder.of(project)).orElseThrow();
        assertEquals(RUNTIME.ref(), lock.runtime());
        assertEquals(TARGET, lock.target());
        assertEquals(Sha256.of(Bytes.utf8("greet\n")), lock.requirements());
    }

    @Test
    void findsRequirementsThatAreNotLocked() throws Exception {
        Files.delete(project.resolve("requirements.lock"));
        Files.delete(project.resolve("wheels").resolve(FILE));
        finds("requirements-unlocked", "requirements.txt", "cloister code lock");

        Files.writeString(project.resolve("requirements.txt"), "# nothing\n\n");
        assertTrue(findings().stream().noneMatch(one -> one.severity() == Severity.ERROR));
    }

    @Test
    void findsAWheelWithoutALock() throws Exception {
        Files.delete(project.resolve("requirements.lock"));
        Files.delete(project.resolve("requirements.txt"));
        finds("wheel-unlisted", "wheels/" + FILE, "is in no requirements.lock");
    }

    @Test
    void findsRequirementsThatChangedAfterTheLock() throws Exception {
        Files.writeString(project.resolve("requirements.txt"), "greet>=1\n");
        finds("requirements-changed", "requirements.txt", "changed after requirements.lock");
    }

    @Test
    void findsRequirementsThatAreGone() throws Exception {
        Files.delete(project.resolve("requirements.txt"));
        finds("requirements-changed", "requirements.txt", "is missing");
    }

    @Test
    void findsALockThatWasNotMadeHere() throws Exception {
        Path lock = project.resolve("requirements.lock");
        String text = Files.readString(lock);
        Files.writeString(lock, text.substring(text.indexOf('\n') + 1));
        finds("lock-form", "requirements.lock", "is not one that `code lock` made");
        Files.writeString(lock, text.replace("greet==1.0 ", "greet>=1.0 "));
        finds("lock-form", "requirements.lock", "is not one that `code lock` made");
    }

    @Test
    void findsAChangedByteOfAWheel() throws Exception {
        Path wheel = project.resolve("wheels").resolve(FILE);
        byte[] bytes = Files.readAllBytes(wheel);
        bytes[40] ^= 1;
        Files.write(wheel, bytes);
        finds("wheel-hash", "wheels/" + FILE, "which is not its hash in requirements.lock");
    }

    @Test
    void findsAWheelThatIsNotLocked() throws Exception {
        TestWheel.honest("more", "1.0", Map.of("more.py", "")).write(project.resolve("wheels"));
        finds("wheel-unlisted", "wheels/more-1.0-py3-none-any.whl", "is not in requirements.lock");
    }

    @Test
    void findsAWheelOfAnotherVersion() throws Exception {
        Path wheels = project.resolve("wheels");
        Files.move(wheels.resolve(FILE), wheels.resolve("greet-1.1-py3-none-any.whl"));
        var codes = findings().stream().map(CodeFinding::code).toList();
        assertTrue(codes.contains("wheel-unlisted"), codes.toString());
    }

    @Test
    void findsThatAWheelIsMissing() throws Exception {
        Files.delete(project.resolve("wheels").resolve(FILE));
        finds("wheel-missing", "requirements.lock", "has greet 1.0, whose wheel is not in wheels/");
    }

    @Test
    void findsALockForAnotherRuntime() throws Exception {
        Path lock = project.resolve("requirements.lock");
        Files.writeString(
                lock,
                Files.readString(lock)
                        .replace(
                                RUNTIME.ref().digest().toString(),
                                Sha256.of(Bytes.utf8("other")).toString()));
        finds("lock-runtime", "requirements.lock", "was made for the runtime base");
    }

    @Test
    void findsAPackageThatTheRuntimeHas() throws Exception {
        Files.delete(project.resolve("wheels").resolve(FILE));
        lock(TestWheel.honest("numpy", "1.0", Map.of("numpylike.py", "")));
        finds(
                "package-preinstalled",
                "requirements.lock",
                "has numpy 1.0, but the runtime has 2.4.6 of its own");
    }

    @Test
    void findsAWheelOfAnotherPlatform() throws Exception {
        Files.delete(project.resolve("wheels").resolve(FILE));
        lock(GREET.tagged("cp312-cp312-manylinux_2_28_x86_64"));
        finds(
                "wheel-platform",
                "wheels/greet-1.0-cp312-cp312-manylinux_2_28_x86_64.whl",
                "it is not for CPython 3.11 on Linux x86_64");
    }

    @Test
    void findsAWheelThatTakesTheNameOfSomethingElse() throws Exception {
        lock(GREET.with("dateutil/x.py", Bytes.utf8("")));
        finds(
                "wheel-shadows",
                "wheels/" + FILE,
                "it brings dateutil, which is a name of the runtime's python-dateutil 2.9.0");
        lock(GREET.with("ssl.py", Bytes.utf8("")));
        finds("wheel-shadows", "wheels/" + FILE, "it brings ssl, which is a name of the standard");
    }

    @Test
    void findsAWheelWhoseRecordLies() throws Exception {
        lock(GREET.withRecord(GREET.record().replace("greet/__init__.py,", "greet/__init_.py,")));
        finds("wheel-record", "wheels/" + FILE, "greet/__init__.py is not in its RECORD");
    }

    @Test
    void findsAWheelThatLeadsElsewhere() throws Exception {
        lock(GREET.with("../../evil.py", Bytes.utf8("")));
        finds("wheel-path", "wheels/" + FILE, "is no plain relative path");
    }
}
