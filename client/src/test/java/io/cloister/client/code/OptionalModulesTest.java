package io.cloister.client.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.testkit.TestWheel;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

final class OptionalModulesTest {
    @TempDir private Path folder;

    /// What is said of a wheel of these files, without the words around.
    private List<String> said(Map<String, String> files) throws Exception {
        TestWheel wheel = TestWheel.honest("innocent", "1.0", files);
        return OptionalModules.ofTheRuntimes().of(wheel.fileName(), wheel.write(folder)).stream()
                .peek(finding -> {
                    assertEquals("wheel-unnamed", finding.code());
                    assertEquals("wheels/" + wheel.fileName(), finding.file());
                })
                .map(finding ->
                        finding.sentence()
                                .replaceAll("^brings the module (\\w+),.*: (.*)$", "$1: $2")
                                .replaceAll("^.*of the group ([^,]*),.*$", "[$1]"))
                .toList();
    }

    @Test
    void findsModulesWhateverTheWheelIsCalled() throws Exception {
        assertEquals(List.of(), said(Map.of("innocent/__init__.py", "", "innocent/lxml.py", "")));
        assertEquals(
                List.of("bottleneck: pandas", "numexpr: pandas", "xlrd: pandas"),
                said(
                        Map.of(
                                "numexpr/necompiler.py",
                                "",
                                "bottleneck.cpython-311-x86_64-linux-gnu.so",
                                "",
                                "xlrd.py",
                                "")));
        assertEquals(
                List.of("numexpr: pandas"),
                said(Map.of("innocent-1.0.data/platlib/numexpr/__init__.py", "")));
    }

    @Test
    void findsEntryPointsButScripts() throws Exception {
        String text =
                "[console_scripts]\na = b:c\n\n[ matplotlib.backend ]\nx = y\n[jax_plugins]\n";
        assertEquals(
                List.of("[jax_plugins]", "[matplotlib.backend]"),
                said(Map.of("innocent-1.0.dist-info/entry_points.txt", text)));
        assertEquals(
                List.of(),
                said(Map.of("innocent-1.0.dist-info/entry_points.txt", "[console_scripts]\n")));
    }

    @Test
    void refusesWhatIsNoWheel() throws Exception {
        Path file = Files.writeString(folder.resolve("x-1-py3-none-any.whl"), "no archive");
        assertThrows(
                MalformedException.class,
                () -> OptionalModules.ofTheRuntimes().of("x-1-py3-none-any.whl", file));
    }

    @Test
    void theTableIsOfTheStandardRuntimesLock() throws Exception {
        List<String> lines = OptionalModules.lines();
        Path lock = Path.of("..", "runtimes", "standard", "requirements.lock");
        assertTrue(
                lines.getFirst().endsWith("its lock: " + Sha256.of(Files.readAllBytes(lock))),
                "scripts/optional-modules makes it anew: " + lines.getFirst());
        assertEquals(
                List.of(),
                lines.stream()
                        .skip(1)
                        .filter(line -> !line.matches("\\w+( \\w+)+"))
                        .collect(Collectors.toList()));
        assertTrue(lines.contains("numexpr pandas") && lines.contains("bottleneck pandas"));
    }
}
