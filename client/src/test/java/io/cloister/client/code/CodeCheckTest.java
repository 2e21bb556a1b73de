package io.cloister.client.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

class CodeCheckTest {
    private static final String RUN =
            """
            from cloister import Enclave

            def main():
                with Enclave() as enclave:
                    import secret
                    enclave.write(secret.work(enclave.read()))
                return 0

            main()
            """;

    @TempDir private Path project;

    private void write(String name, String content) throws IOException {
        Path file = project.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private List<String> codes() throws IOException {
        return CodeCheck.check(project).findings().stream()
                .filter(finding -> finding.severity() != CodeFinding.Severity.NOTE)
                .map(finding -> finding.code() + " " + finding.file() + " " + finding.line())
                .toList();
    }

    private void expect(String... expected) throws IOException {
        assertEquals(List.of(expected), codes());
    }

    @Test
    void findsNothingInAWorkingProject() throws IOException {
        write("run.py", RUN);
        write("secret.py", "import pandas\ndef work(x): return b''\n");
        expect();
        assertFalse(CodeCheck.check(project).hasErrors());
    }

    @Test
    void findsThatRunPyIsMissing() throws IOException {
        write("secret.py", "");
        expect("run-missing run.py 0");
    }

    @Test
    void findsSyntaxErrorsWithTheirLine() throws IOException {
        write("run.py", RUN + "def broken(:\n");
        write("secret.py", "");
        expect("syntax run.py 10");
    }

    @Test
    void findsSecretModulesImportedTooEarly() throws IOException {
        write("run.py", "import secret\n" + RUN);
        write("secret.py", "");
        expect("early-import run.py 1");
    }

    @Test
    void findsModulesThatAreNowhere() throws IOException {
        write("run.py", RUN);
        write("secret.py", "import nowhere_to_be_found\n");
        expect("module-unknown secret.py 1");
        write("requirements.txt", "nowhere-to-be-found==1.0\n");
        expect("requirements-unlocked requirements.txt 0");
    }

    @Test
    void findsNamesThatCollide() throws IOException {
        write("run.py", RUN);
        write("secret.py", "");
        write("secret/__init__.py", "");
        write("pandas.py", "");
        write("data.txt", "");
        write("Data.txt", "");
        expect(
                "name-collision data.txt 0",
                "module-collision pandas 0",
                "module-collision secret.py 0");
    }

    @Test
    void findsUnsafeDeserialisationUnderAnyName() throws IOException {
        write("run.py", RUN);
        write(
                "secret.py",
                """
                import pickle, yaml, torch
                import pickle as p
                from pickle import loads
                import numpy as np
                from keras.models import load_model
                import pandas as pd
                def work(x):
                    pickle.load(x)
                    p.loads(x)
                    loads(x)
                    np.load(x, allow_pickle=True)
                    np.load(x, allow_pickle=False)
                    load_model(x)
                    yaml.load(x)
                    yaml.load(x, Loader=yaml.SafeLoader)
                    yaml.safe_load(x)
                    torch.load(x)
                    pd.read_pickle(x)
                """);
        expect(
                "module-unknown secret.py 1",
                "unsafe-deserialisation secret.py 8",
                "unsafe-deserialisation secret.py 9",
                "unsafe-deserialisation secret.py 10",
                "unsafe-deserialisation secret.py 11",
                "unsafe-deserialisation secret.py 13",
                "unsafe-deserialisation secret.py 14",
                "unsafe-deserialisation secret.py 17",
                "unsafe-deserialisation secret.py 18");
    }

    private static String unsafeCalls(String source) throws IOException {
        return CodeCheck.unsafeCalls("run.py", source.getBytes(StandardCharsets.UTF_8)).stream()
                .map(finding -> finding.code() + ":" + finding.line())
                .collect(Collectors.joining(" "));
    }

    @Test
    void repeatsUnsafeCallsOfOneFile() throws IOException {
        assertEquals("", unsafeCalls("print(1)\n"));
        assertEquals("unsafe-deserialisation:2", unsafeCalls("import pickle\npickle.load(f)\n"));
    }

    @Test
    void saysSoWhenCodeCannotBeLookedThrough() throws IOException {
        String call = "\nimport pickle\npickle.load(f)\n";
        String deep = "x = 1" + "+1".repeat(20_000);
        String longName = "import " + "m".repeat(5_000);
        String longText = "# " + "x".repeat(4 << 20);
        for (String hiding : List.of(deep, longName, longText, "print(")) {
            assertEquals(
                    "not-looked-through:1",
                    unsafeCalls(hiding + call),
                    () -> hiding.substring(0, 6));
        }
    }

    @Test
    void refusesLinks(@TempDir Path elsewhere) throws IOException {
        write("run.py", RUN);
        write("secret.py", "");
        Files.createSymbolicLink(
                project.resolve("passwd"), Files.createFile(elsewhere.resolve("passwd")));
        expect("not-a-file passwd 0");
    }

    @Test
    void saysWhichFilesStayClear() throws IOException {
        write("run.py", RUN);
        write("secret.py", "");
        write("requirements.txt", "");
        CodeCheck.Report report = CodeCheck.check(project);
        assertTrue(
                report.findings().stream()
                        .anyMatch(finding ->
                                finding.code().equals("clear-files")
                                        && finding.sentence()
                                                .contains("requirements.txt, run.py")));
    }

    @Test
    void leavesHiddenFilesAndByteCodeAtHome() throws IOException {
        write("run.py", RUN);
        write("secret.py", "");
        write(".git/config", "");
        write(".env", "PASSWORD=1");
        write("__pycache__/secret.cpython-311.pyc", "");
        assertEquals(
                List.of("run.py", "secret.py"),
                CodeCheck.check(project).folder().files().stream()
                        .map(CodeFolder.Entry::relative)
                        .toList());
    }

    @Test
    void neverRunsAnythingOfTheProject() throws IOException {
        write("run.py", RUN);
        write("secret.py", "open('ran', 'w')\n");
        write("ast.py", "open('ran', 'w')\n");
        CodeCheck.check(project);
        assertFalse(Files.exists(project.resolve("ran")));
        assertFalse(Files.exists(Path.of("ran")));
    }
}
