package io.cloister.launcher.runtime;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds a CPython that runtimes can be built for. It asks each candidate what it is, so shims,
/// links and virtual environments lead to the real interpreter behind them.
public final class PythonFinder {
    static final int MAJOR = 3;
    static final int LEAST_MINOR = 11;

    /// The newest the shipped locks have wheels for; newer ones are taken only if there is nothing
    /// else.
    static final int GREATEST_LOCKED_MINOR = 14;

    /// Environment variable that names an interpreter to use instead of looking for one.
    public static final String VARIABLE = "CLOISTER_PYTHON";

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String ASK =
            """
            import importlib.util, json, os, platform, sys, sysconfig
            print(json.dumps({
                "implementation": platform.python_implementation(),
                "executable": os.path.realpath(sys.executable),
                "major": sys.version_info[0],
                "minor": sys.version_info[1],
                "abi": sysconfig.get_config_var("SOABI") or "",
                "pip": importlib.util.find_spec("pip") is not None,
            }))
            """;

    private final Map<String, String> environment;

    /// @param environment of this process: `PATH`, and what a found Python needs to run
    public PythonFinder(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /// The best CPython 3.11 or newer: the one that [#VARIABLE] names, else the first on `PATH`
    /// that also has pip and that the shipped locks cover, else the first at all.
    ///
    /// @throws RuntimeUnavailableException if there is none
    public PythonInterpreter find() throws RuntimeUnavailableException, InterruptedException {
        String named = environment.get(VARIABLE);
        if (named != null) {
            return usable(Path.of(named))
                    .orElseThrow(() ->
                            new RuntimeUnavailableException(
                                    VARIABLE
                                            + " names "
                                            + named
                                            + ", which is no CPython 3.11 or newer",
                                    "set it to the path of such an interpreter, or unset it to have"
                                            + " one looked for"));
        }
        var found = new ArrayList<PythonInterpreter>();
        for (Path candidate : candidates()) {
            Optional<PythonInterpreter> python = usable(candidate);
            if (python.isPresent()
                    && python.get().hasPip()
                    && python.get().minor() <= GREATEST_LOCKED_MINOR) {
                return python.get();
            }
            python.ifPresent(found::add);
        }
        return found.stream()
                .findFirst()
                .orElseThrow(() ->
                        new RuntimeUnavailableException(
                                "no CPython 3.11 or newer on PATH",
                                "install one with pip, such as `apt install python3 python3-pip` on"
                                        + " Debian 12 or newer, or set "
                                        + VARIABLE
                                        + " to its path"));
    }

    /// What the program at `candidate` is, if it is a CPython that is new enough.
    public Optional<PythonInterpreter> usable(Path candidate) throws InterruptedException {
        Optional<PythonInterpreter> shown = ask(candidate);
        if (shown.isPresent() && !shown.get().executable().equals(candidate)) {
            // A virtual environment's interpreter may have pip where the real one has not, and the
            // other way round.
            shown = ask(shown.get().executable());
        }
        return shown.filter(PythonInterpreter::isNewEnough);
    }

    private Optional<PythonInterpreter> ask(Path candidate) throws InterruptedException {
        try {
            var outcome =
                    ShortProgram.run(
                            List.of(candidate.toString(), "-I", "-c", ASK),
                            environment,
                            Path.of("/"),
                            PATIENCE);
            return outcome.status() == 0 ? read(outcome.output()) : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private static Optional<PythonInterpreter> read(String answer) {
        try {
            byte[] bytes = answer.strip().getBytes(StandardCharsets.UTF_8);
            Fields fields = Fields.of(Json.parse(bytes, JsonLimits.MESSAGE, "python"), "python");
            fields.constant("implementation", "CPython");
            String abi = fields.string("abi", 1, 100);
            if (!abi.matches("[A-Za-z0-9_-]+")) {
                return Optional.empty();
            }
            return Optional.of(
                    new PythonInterpreter(
                            Path.of(fields.string("executable", 1, 4096)),
                            (int) fields.integer("major", 0, 99),
                            (int) fields.integer("minor", 0, 999),
                            abi,
                            fields.bool("pip")));
        } catch (MalformedException _) {
            return Optional.empty();
        }
    }

    private List<Path> candidates() {
        var names = new ArrayList<>(List.of("python3"));
        for (int minor = GREATEST_LOCKED_MINOR; minor >= LEAST_MINOR; minor--) {
            names.add("python3." + minor);
        }
        names.add("python");
        var candidates = new LinkedHashSet<Path>();
        for (String name : names) {
            for (String folder :
                    environment
                            .getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin")
                            .split(":", -1)) {
                Path candidate = Path.of(folder.isEmpty() ? "/" : folder).resolve(name);
                if (candidate.isAbsolute() && Files.isExecutable(candidate)) {
                    candidates.add(candidate);
                }
            }
        }
        return List.copyOf(candidates);
    }
}
