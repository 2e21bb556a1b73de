package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A sandbox in each CPython of this machine that packages are locked for: one of each minor
/// version.
final class InterpretersTest {
    private static final int GREATEST_MINOR = 14;

    private static Stream<PythonInterpreter> interpreters() throws Exception {
        Map<Integer, PythonInterpreter> found = new TreeMap<>();
        for (Path candidate : candidates()) {
            try {
                PythonInterpreter python = PythonInterpreter.at(candidate);
                if (python.minor() <= GREATEST_MINOR) {
                    found.put(python.minor(), python);
                }
            } catch (SandboxException _) {
                // An older one, or something else.
            }
        }
        Assumptions.assumeFalse(found.isEmpty(), "no CPython 3.11 or newer");
        return found.values().stream();
    }

    /// On the path, and where pyenv puts them.
    private static List<Path> candidates() throws IOException {
        List<Path> candidates = new ArrayList<>();
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
            for (int minor = PythonInterpreter.LEAST_MINOR; minor <= GREATEST_MINOR; minor++) {
                candidates.add(Path.of(folder, "python3." + minor));
            }
        }
        Path versions = Path.of(System.getProperty("user.home"), ".pyenv/versions");
        if (Files.isDirectory(versions)) {
            try (Stream<Path> each = Files.list(versions)) {
                each.sorted().map(one -> one.resolve("bin/python3")).forEach(candidates::add);
            }
        }
        candidates.removeIf(candidate -> !Files.isExecutable(candidate));
        return candidates;
    }

    private static void assertPrints(String expected, Run run) {
        Run.Result result = run.run();
        assertEquals(
                new RunOutcome.Success(),
                result.report().outcome(),
                () -> result.report().traceback() + result.printed());
        assertEquals(expected, result.printed());
    }

    /// From CPython 3.12 on asyncio would flush by a call that the filter refuses, if sockets had
    /// it.
    @ParameterizedTest
    @MethodSource("interpreters")
    void runsThreadsProcessesAndCoroutines(PythonInterpreter python) {
        assertPrints(
                "[0, 1, 4] [0, 1, 8] False 4194304 True b'data'\n",
                Run.of(
                                "import asyncio, multiprocessing, socket",
                                "from concurrent.futures import ThreadPoolExecutor",
                                "from cloister import Enclave",
                                "def cube(x): return x ** 3",
                                "async def sent():",
                                "    a, b = socket.socketpair()",
                                "    _, writer = await asyncio.open_connection(sock=a)",
                                "    reader, _ = await asyncio.open_connection(sock=b, limit=4096)",
                                "    data = bytes(range(256)) * (4 << 12)",
                                "    for i in range(0, len(data), 1000):",
                                "        writer.write(data[i : i + 1000])",
                                "    writer.write_eof()",
                                "    read = bytearray()",
                                "    while part := await reader.read(4096):",
                                "        read += part",
                                "        await asyncio.sleep(0)",
                                "    made = [hasattr(s, n) for s in (socket.socket, a) for n in"
                                        + " ('sendmsg', 'sendmsg_afalg')]",
                                "    return any(made) or hasattr(socket, 'send_fds'), len(read),"
                                        + " read == data",
                                "with Enclave() as enclave:",
                                "    with ThreadPoolExecutor(3) as pool:",
                                "        squares = list(pool.map(lambda x: x * x, range(3)))",
                                "    with multiprocessing.Pool(2) as pool:",
                                "        cubes = pool.map(cube, range(3))",
                                "    text = next(enclave.read()).read()",
                                "    print(squares, cubes, *asyncio.run(sent()), text)")
                        .in(python)
                        .processes(4)
                        .input(0, "a", "data"));
    }

    /// Clear files of the code may have any name, such as those of modules that an interpreter
    /// imports late.
    @ParameterizedTest
    @MethodSource("interpreters")
    void nothingOfTheCodeIsImportedBeforeItsLimitsAreSet(PythonInterpreter python) {
        List<String> names =
                List.of("email", "csv", "zipfile", "textwrap", "inspect", "tokenize", "_colorize");
        Run run =
                Run.of(
                                "import sys",
                                "early = [n for n in '"
                                        + String.join(" ", names)
                                        + "'.split() if n in sys.modules and"
                                        + " sys.modules[n].__file__ == f'/work/{n}.py']",
                                "import email",
                                "print(early, email.__file__)")
                        .in(python);
        names.forEach(name -> run.clear(name + ".py", "print('" + name + " of the code')\n"));
        assertPrints("email of the code\n[] /work/email.py\n", run);
    }
}
