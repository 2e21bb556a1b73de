package io.cloister.client.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
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
        expect("bundle data.txt 0", "module-collision pandas 0", "module-collision secret.py 0");
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

    private List<String> codes(CodeTarget target) throws IOException {
        return CodeCheck.check(project, target).findings().stream()
                .filter(finding -> finding.severity() != CodeFinding.Severity.NOTE)
                .map(finding ->
                        finding.severity().word() + " " + finding.code() + " " + finding.file())
                .toList();
    }

    private static CodeTarget memory(long bytes) {
        return new CodeTarget(
                Optional.empty(), Optional.empty(), Optional.empty(), OptionalLong.of(bytes));
    }

    private static CodeTarget packages(String... modules) {
        return new CodeTarget(
                Optional.empty(),
                Optional.of(Set.of(modules)),
                Optional.empty(),
                OptionalLong.empty());
    }

    @Test
    void findsAnImportThatTheRuntimeHasNot() throws IOException {
        write("run.py", "import numpy\n" + RUN);
        write("secret.py", "import numpy\ndef work(x): return b''\n");
        assertEquals(List.of(), codes(packages("numpy")));
        assertEquals(
                List.of("error module-unknown run.py", "warning module-unknown secret.py"),
                codes(packages("pandas")));
    }

    @Test
    void onlyWarnsOfAnImportThatAPackageMayBring() throws IOException {
        write("run.py", "import bs4\n" + RUN);
        write("secret.py", "");
        assertTrue(codes(packages()).contains("error module-unknown run.py"));
        write("requirements.txt", "beautifulsoup4==4.13.0\n");
        assertTrue(codes(packages()).contains("warning module-unknown run.py"));
    }

    @Test
    void onlyWarnsOfAnImportThatMayNotBeMade() throws IOException {
        write("run.py", "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n" + RUN);
        write("secret.py", "");
        assertEquals(List.of("warning module-unknown run.py"), codes(packages()));
    }

    @Test
    void findsCodeThatTheMemoryHasNoRoomFor() throws IOException {
        write("run.py", RUN);
        write("secret.py", "");
        long held = Files.size(project.resolve("run.py"));
        // An eighth is for scratch files.
        assertEquals(List.of(), codes(memory(held * 8 / 7 + 1)));
        assertEquals(List.of("error memory "), codes(memory(held * 8 / 7 - 8)));
    }

    @Test
    void findsAClearFileThatABundleDoesNotTake() throws IOException {
        write("secret.py", "");
        write("run.py", RUN + "#".repeat((1 << 20) - RUN.length()));
        expect();
        write("run.py", RUN + "#".repeat((1 << 20) - RUN.length() + 1));
        expect("bundle run.py 0");
    }

    @Test
    void findsThatABundleWouldBeTooLarge() throws IOException {
        write("run.py", RUN);
        write("secret.py", "");
        write("table.bin", "");
        expect();
        try (var table = new RandomAccessFile(project.resolve("table.bin").toFile(), "rw")) {
            table.setLength(1L << 30);
        }
        expect("bundle table.bin 0");
    }

    @Test
    void findsThatABundleWouldHaveTooManyFiles() throws IOException {
        write("run.py", RUN);
        write("secret.py", "");
        for (int i = 0; i < 9_998; i++) {
            write("tables/" + i, "");
        }
        expect();
        write("tables/9998", "");
        expect("bundle  0");
    }

    @Test
    void findsWhatReachesForWhatAnEnclaveHasNot() throws IOException {
        write("run.py", RUN);
        write(
                "secret.py",
                """
                import urllib.parse
                import urllib.request
                import subprocess
                """);
        write("fast.cpython-311-x86_64-linux-gnu.so", "");
        expect(
                "compiled-code fast.cpython-311-x86_64-linux-gnu.so 0",
                "no-network secret.py 2",
                "no-programs secret.py 3");
    }

    @Test
    void findsThatNothingEntersTheEnclave() throws IOException {
        write("run.py", "print('done')\n");
        expect("no-enclave run.py 0");
        write("run.py", "from cosmian_lib_sgx import Enclave\n");
        expect();
    }

    @Test
    void leavesSampleDataAtHome() throws IOException {
        write("run.py", RUN);
        write("secret.py", "");
        write("README.md", "how to");
        write("docs/README.md", "a table for the code");
        write("testdata/clinic/patients.csv", "who");
        assertEquals(
                List.of("docs/README.md", "run.py", "secret.py"),
                CodeCheck.check(project).folder().files().stream()
                        .map(CodeFolder.Entry::relative)
                        .toList());
    }

    @Test
    void parsesForThePythonOfTheRuntime(@TempDir Path elsewhere) throws IOException {
        write("run.py", RUN);
        write("secret.py", "");
        var nowhere =
                new CodeTarget(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(elsewhere.resolve("python")),
                        OptionalLong.empty());
        assertEquals(List.of("warning no-python run.py"), codes(nowhere));
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

    private List<String> lateImports(CodeTarget target) throws IOException {
        return CodeCheck.check(project, target).findings().stream()
                .filter(finding -> finding.code().equals("late-import"))
                .map(finding ->
                        finding.severity().word()
                                + " "
                                + finding.file()
                                + " "
                                + finding.sentence().replaceAll(": import it .*", ""))
                .toList();
    }

    private static final String USING_PACKAGES =
            """
            import json, numpy, pandas.plotting, yaml.nodes
            import keras
            from scipy import stats
            from scipy.stats import linregress
            from sklearn.linear_model import Ridge
            import helper
            def work(x):
                import matplotlib.pyplot
            """;

    @Test
    void notesPackagesThatOnlyEncryptedModulesImport() throws IOException {
        write("run.py", "import yaml.nodes\nfrom scipy import stats\n" + RUN);
        write("secret.py", USING_PACKAGES);
        write("helper.py", "import keras, nowhere_to_be_found\n");
        assertEquals(
                List.of(
                        "note run.py only encrypted modules import keras, matplotlib.pyplot,"
                                + " sklearn.linear_model"),
                lateImports(CodeTarget.UNKNOWN));
        assertEquals(
                List.of("note run.py only encrypted modules import sklearn.linear_model"),
                lateImports(packages("numpy", "pandas", "scipy", "sklearn", "yaml")));
        assertEquals(List.of(), lateImports(packages("numpy", "pandas", "scipy", "yaml")));
    }

    @Test
    void notesNoPackageThatRunPyImportsToo() throws IOException {
        write("secret.py", USING_PACKAGES);
        write("helper.py", "");
        String all =
                "import keras, matplotlib.pyplot, scipy.stats, yaml.nodes\n"
                        + "from sklearn import linear_model\n";
        write("run.py", all + RUN);
        assertEquals(List.of(), lateImports(CodeTarget.UNKNOWN));
        write("run.py", all.replace("keras, ", "") + RUN);
        assertEquals(
                List.of("note run.py only encrypted modules import keras"),
                lateImports(CodeTarget.UNKNOWN));
    }

    @Test
    void notesNothingWhereNothingIsForeseen() throws IOException {
        write("secret.py", "import keras\n");
        write("run.py", "import os\nos.environ['KERAS_BACKEND'] = 'numpy'\n" + RUN);
        assertEquals(List.of(), lateImports(CodeTarget.UNKNOWN));
        write("run.py", "import os\n" + RUN);
        assertEquals(1, lateImports(CodeTarget.UNKNOWN).size());
    }

    @Test
    void namesOnlySomeOfManyPackages() throws IOException {
        write("run.py", RUN);
        write("secret.py", "import scipy.a, scipy.b, scipy.c, scipy.d, scipy.e\n");
        write("other.py", "import scipy.f, scipy.g, scipy.h, scipy.i, scipy.j\n");
        assertEquals(
                List.of(
                        "note run.py only encrypted modules import scipy.a, scipy.b, scipy.c,"
                                + " scipy.d, scipy.e, scipy.f, scipy.g, scipy.h and 2 more"),
                lateImports(CodeTarget.UNKNOWN));
    }
}
