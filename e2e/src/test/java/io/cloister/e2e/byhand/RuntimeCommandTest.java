package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.e2e.stage.Checkout;
import io.cloister.launcher.runtime.RuntimeStore;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/// `runtime`, in a cache of its own, with runtimes that need nothing downloaded here.
final class RuntimeCommandTest {
    @TempDir private Path folder;
    private Shell shell;

    @BeforeEach
    void open() throws Exception {
        shell =
                Shell.in(folder.resolve("home"))
                        .export("XDG_CACHE_HOME", folder.resolve("cache").toString());
    }

    @Test
    void buildsShowsVerifiesAndRemoves() throws Exception {
        String digest =
                Sha256.of(
                                Bytes.copyOf(
                                        Files.readAllBytes(
                                                Checkout.root()
                                                        .resolve(
                                                                "runtimes/bare/requirements.lock"))))
                        .toString();
        assertTrue(shell.run("./cloister runtime show bare").out().contains("built:         no"));

        Fields built = json(shell.run("./cloister runtime build bare --json").out());
        assertEquals(digest, built.string("digest", 1, 100));
        assertTrue(built.bool("built"));
        assertTrue(Path.of(built.string("folder", 1, 4096)).startsWith(folder.resolve("cache")));

        assertTrue(
                shell.run("./cloister runtime list")
                        .out()
                        .lines()
                        .anyMatch(line -> line.matches("bare +0 packages +built, .* " + digest)));
        assertEquals(
                "the runtime bare is what its lock says: 0 files, " + digest + "\n",
                shell.run("./cloister runtime verify bare").out());
        assertEquals(
                "removed the runtime bare: 0 MiB\n",
                shell.run("./cloister runtime remove bare").out());
        assertFalse(Files.exists(Path.of(built.string("folder", 1, 4096))));
    }

    @Test
    void listsTheStandardSetWithAllItsPackages() throws Exception {
        Fields shown = json(shell.run("./cloister runtime show standard --json").out());
        List<String> names =
                shown.list(
                        "packages",
                        1000,
                        (one, path) -> Fields.of(one, path).string("name", 1, 100));
        for (String name :
                List.of(
                        "numpy",
                        "pandas",
                        "scipy",
                        "scikit-learn",
                        "keras",
                        "nltk",
                        "matplotlib",
                        "seaborn",
                        "python-dateutil",
                        "requests",
                        "protobuf",
                        "toml",
                        "pyyaml",
                        "pyarrow")) {
            assertTrue(names.contains(name), name);
        }
        assertFalse(shown.bool("built"));
    }

    @Test
    void namesAFileThatWasChanged() throws Exception {
        Path built =
                Path.of(
                        json(shell.run("./cloister runtime build bare --json").out())
                                .string("folder", 1, 4096));
        Files.writeString(built.resolve("site-packages/strange.py"), "evil = 1\n");

        Shell.Outcome outcome = shell.attempt("./cloister runtime verify bare");
        assertEquals(4, outcome.exit());
        assertEquals(
                "error: the runtime bare is not what its lock says: in no wheel: strange.py\n"
                        + "hint: `cloister runtime build bare` builds it anew; find out who wrote"
                        + " there\n",
                outcome.err());

        assertTrue(
                shell.run("./cloister runtime build bare")
                        .err()
                        .contains("was altered (in no wheel: strange.py); building it anew"));
        shell.run("./cloister runtime verify bare");
    }

    @Test
    void namesAPackagesFileOfWhichOneByteWasChanged() throws Exception {
        Path original = Checkout.runtime("base").folder().folder();
        Path cache = RuntimeStore.defaultCache(System.getenv());
        Path copy = folder.resolve("cache/cloister/runtimes").resolve(cache.relativize(original));
        Files.createDirectories(copy.getParent());
        try (Stream<Path> files = Files.walk(original)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(
                        file,
                        copy.resolve(original.relativize(file)),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        shell.run("./cloister runtime verify base");

        Path altered = copy.resolve("site-packages/pandas/__init__.py");
        byte[] content = Files.readAllBytes(altered);
        content[content.length / 2] ^= 1;
        Files.delete(altered);
        Files.write(altered, content);
        Shell.Outcome outcome = shell.attempt("./cloister runtime verify base");
        assertEquals(4, outcome.exit());
        assertTrue(outcome.err().contains("pandas/__init__.py"), outcome.err());
    }

    @Test
    void saysWhatIsNotThere() {
        assertRefused("runtime verify bare", "`cloister runtime build bare` builds it");
        assertRefused("runtime remove bare", "`cloister runtime build bare` builds it");
        assertRefused("runtime build ../base", "`cloister runtime list` shows those there are");
    }

    private void assertRefused(String command, String hint) {
        Shell.Outcome outcome = shell.attempt("./cloister " + command);
        assertEquals(10, outcome.exit());
        assertTrue(outcome.err().contains("hint: " + hint), outcome.err());
    }

    private static Fields json(String text) throws Exception {
        return Fields.of(
                Json.parse(
                        text.strip().getBytes(StandardCharsets.UTF_8), JsonLimits.MESSAGE, "out"),
                "out");
    }
}
