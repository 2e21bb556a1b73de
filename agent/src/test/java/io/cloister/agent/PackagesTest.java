package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.agent.sandbox.RuntimeFiles;
import io.cloister.attestation.runtime.Wheel;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What of a runtime is copied into a sandbox, and when.
final class PackagesTest {
    private static final long MEBIBYTE = 1 << 20;

    private final Map<String, Wheel.Installed> installed = new HashMap<>();

    private void install(String distribution, String path, long size) {
        installed.put(path, new Wheel.Installed(path, Sha256.of(new byte[0]), size, distribution));
    }

    private RuntimeFiles files() {
        return Packages.of(Path.of("/site-packages"), installed);
    }

    @Test
    void smallPackagesAndEveryDescriptionAreThereFromTheStart() {
        install("large-1", "large/__init__.py", MEBIBYTE);
        install("large-1", "large-1.dist-info/METADATA", 1);
        install("small-1", "small.py", MEBIBYTE - 1);
        install("small-1", "small-1.dist-info/METADATA", 1);

        assertEquals(
                Set.of("large-1.dist-info/METADATA", "small-1.dist-info/METADATA", "small.py"),
                files().files().keySet());
    }

    @Test
    void aLargePackageComesWithAllTheFoldersOfItsWheel() {
        install("large-1", "large/__init__.py", 1);
        install("large-1", "large.libs/libm.so", MEBIBYTE);
        install("large-1", "shared/large.py", 1);
        install("huge-1", "shared/huge.py", MEBIBYTE);

        List<RuntimeFiles.Part> parts = files().parts();
        assertEquals(List.of("huge-1", "large-1"), parts.stream().map(p -> p.name()).toList());
        assertEquals(Set.of("shared/huge.py"), parts.getFirst().files().keySet());
        assertEquals(
                Set.of("large/__init__.py", "large.libs/libm.so", "shared/large.py"),
                parts.getLast().files().keySet());
        assertEquals(Map.of(), files().files());
    }

    @Test
    void whatOnlyDevelopersNeedNeverComes() {
        install("small-1", "small/__init__.py", 1);
        install("small-1", "small/tests/test_it.py", 1);
        install("small-1", "small/tests/deep/test_that.py", 1);
        install("small-1", "small/tests/__init__.py", 1);
        install("small-1", "small/test_me.py", 1);
        install("small-1", "small/include/small.h", 1);
        install("small-1", "small/lib/small.a", 1);
        install("small-1", "small/fast.pyx", 1);
        install("small-1", "small/testing.py", 1);
        install("small-1", "small/latests/a.py", 1);
        install("small-1", "small/stub.pyi", 1);

        assertEquals(
                Set.of(
                        "small/__init__.py",
                        "small/tests/__init__.py",
                        "small/test_me.py",
                        "small/testing.py",
                        "small/latests/a.py",
                        "small/stub.pyi"),
                files().files().keySet());
    }
}
