package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

final class ForeseenTest {
    private static final Set<String> INSTALLED =
            Set.of(
                    "pandas/__init__.py",
                    "sklearn/__init__.py",
                    "sklearn/linear_model/__init__.py",
                    "sklearn/pipeline.py",
                    "matplotlib/__init__.py",
                    "matplotlib/pyplot.py",
                    "google/protobuf/__init__.py",
                    "yaml/__init__.py",
                    "yaml/__main__.py",
                    "pandas-3.dist-info/METADATA");

    private static List<String> modules(String... lines) {
        return Foreseen.modules(
                Bytes.utf8(String.join("\n", lines)), INSTALLED, List.of("run.py", "secret.py"));
    }

    @Test
    void findsWhatRunPyImportsWhereverItDoes() {
        assertEquals(
                List.of(
                        "pandas",
                        "matplotlib.pyplot",
                        "yaml",
                        "sklearn",
                        "sklearn.linear_model",
                        "sklearn.pipeline",
                        "google.protobuf"),
                modules(
                        "import pandas as pd, matplotlib.pyplot as plt; import os",
                        "def main():",
                        "    with Enclave() as enclave:",
                        "\timport yaml  # settings",
                        "        from sklearn import linear_model as lm, pipeline, base",
                        "from sklearn.linear_model import LinearRegression",
                        "from google import protobuf",
                        "import pandas"));
    }

    @Test
    void foreseesNothingOfAProgramThatSetsTheEnvironmentOrOfAPackagesProgram() {
        assertEquals(List.of("pandas"), modules("import os", "import pandas"));
        assertEquals(
                List.of(),
                modules("import os", "os.environ['MPLBACKEND'] = 'svg'", "import pandas"));
        assertEquals(List.of(), modules("from os import putenv", "import pandas"));
        assertEquals(List.of("yaml"), modules("import yaml.__main__, yaml"));
    }

    @Test
    void findsNothingThatTheRuntimeHasNot() {
        assertEquals(
                List.of(),
                modules(
                        "import os, secret, pandas.missing, google",
                        "from . import yaml",
                        "from sklearn.missing import pandas",
                        "import ../yaml, /yaml, 'yaml', yaml-3, pandas-3.dist-info",
                        "importyaml",
                        "x = 'import' + ' yaml'"));
    }

    @Test
    void leavesAloneWhatTheProgramHasUnderAPackagesName() {
        Bytes run = Bytes.utf8("import yaml, sklearn.pipeline, pandas\n");
        assertEquals(
                List.of("pandas"),
                Foreseen.modules(
                        run, INSTALLED, List.of("run.py", "yaml.py", "sklearn/pipeline.py")));
    }

    @Test
    void staysBoundedWhateverRunPyIs() {
        Set<String> many =
                IntStream.range(0, 200)
                        .mapToObj(n -> "package" + n + ".py")
                        .collect(Collectors.toSet());
        String imports =
                IntStream.range(0, 200)
                        .mapToObj(n -> "import package" + n)
                        .collect(Collectors.joining("\n"));
        assertEquals(
                Foreseen.MOST_MODULES,
                Foreseen.modules(Bytes.utf8(imports), many, List.of()).size());
        assertEquals(List.of(), modules("import " + " ".repeat(100_000) + "yaml"));
        assertEquals(List.of(), modules("#\n".repeat(20_000) + "import yaml"));
        assertEquals(
                List.of("yaml"), modules("from " + "a.".repeat(400) + " import b", "import yaml"));
    }
}
