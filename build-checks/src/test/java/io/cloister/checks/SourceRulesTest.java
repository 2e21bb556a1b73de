package io.cloister.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class SourceRulesTest {
    private static final Path FILE = Path.of("protocol/src/main/java/io/cloister/protocol/It.java");
    private static final Path INFO = FILE.resolveSibling("package-info.java");

    @Test
    void everySourceFileKeepsTheRules() throws IOException {
        Path root = Checkout.root();
        List<String> findings = new ArrayList<>();
        List<Path> files = SourceRules.files(root);
        assertTrue(files.size() > 20, "the sources were not found");
        for (Path file : files) {
            SourceRules.check(root.relativize(file), Files.readString(file))
                    .ifPresent(findings::add);
        }
        assertEquals(List.of(), findings);
    }

    @Test
    void everyPackageIsDescribed() throws IOException {
        assertEquals(
                List.of(), SourceRules.packagesWithoutInfo(SourceRules.files(Checkout.root())));
    }

    @Test
    void acceptsAnOrdinaryFile() {
        assertTrue(SourceRules.check(FILE, "class It {}").isEmpty());
        assertTrue(SourceRules.check(INFO, "@NullMarked\npackage io.cloister.it;\n").isEmpty());
    }

    @Test
    void refusesUnfinishedWork() {
        assertTrue(SourceRules.check(FILE, "// TODO: later").isPresent());
        assertTrue(SourceRules.check(FILE, "/// FIXME").isPresent());
    }

    @Test
    void refusesASwitchedOffTest() {
        assertTrue(SourceRules.check(FILE, "@Test @Disabled void it() {}").isPresent());
    }

    @Test
    void refusesAFuzzTargetThatWouldBeSkippedOrNeverEnd() {
        String target = "@FuzzTest(maxDuration = \"3s\") void reads(byte[] data) {}";
        assertTrue(SourceRules.check(FILE, target).isEmpty());
        assertTrue(SourceRules.check(FILE, target + target).isPresent());
        assertTrue(SourceRules.check(FILE, target.replace("3s", "30s")).isPresent());
        assertTrue(SourceRules.check(FILE, "@FuzzTest void reads(byte[] data) {}").isPresent());
    }

    @Test
    void refusesAPackageThatMayHoldNulls() {
        assertTrue(SourceRules.check(INFO, "package io.cloister.it;").isPresent());
    }

    @Test
    void refusesAPackageWithoutADescription() {
        assertEquals(1, SourceRules.packagesWithoutInfo(List.of(FILE)).size());
        assertEquals(0, SourceRules.packagesWithoutInfo(List.of(FILE, INFO)).size());
    }
}
