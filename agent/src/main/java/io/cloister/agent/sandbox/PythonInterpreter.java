package io.cloister.agent.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A CPython on this machine that a sandbox can run on.
///
/// @param path the interpreter itself, never a wrapper script
/// @param major the language's first number, 3
/// @param minor the language's second number, at least 11
public record PythonInterpreter(Path path, int major, int minor) {
    /// The oldest that will do.
    public static final int LEAST_MINOR = 11;

    private static final Pattern ANSWER =
            Pattern.compile("cpython (\\d{1,3}) (\\d{1,3}) (/[^\\n\\x00]{1,4095})\\n?");
    private static final String QUESTION =
            "import sys; v = sys.version_info; sys.stdout.write(f'{sys.implementation.name} {v[0]}"
                    + " {v[1]} {sys.executable}')";
    private static final long SECONDS_TO_ANSWER = 20;
    private static final int MOST_ANSWER_BYTES = 8192;

    /// The first fitting interpreter of `searchPath` (a `PATH` value) and the usual places.
    /// Wrappers such as pyenv's are followed to what they start.
    ///
    /// @throws SandboxException if there is none, saying what was found instead
    public static PythonInterpreter find(String searchPath)
            throws SandboxException, InterruptedException {
        List<String> refused = new ArrayList<>();
        for (Path candidate : candidates(searchPath)) {
            try {
                return at(candidate);
            } catch (SandboxException e) {
                refused.add(e.getMessage());
            }
        }
        throw new SandboxException(
                "no CPython 3."
                        + LEAST_MINOR
                        + " or newer on this machine"
                        + (refused.isEmpty() ? "" : ": " + String.join("; ", refused))
                        + ". Install one, for example: apt-get install python3");
    }

    /// The interpreter that `candidate` starts.
    ///
    /// @throws SandboxException if it is no CPython of at least 3.11
    public static PythonInterpreter at(Path candidate)
            throws SandboxException, InterruptedException {
        String answer;
        try {
            answer = ask(candidate);
        } catch (IOException e) {
            throw new SandboxException(candidate + " cannot be started: " + e.getMessage(), e);
        }
        Matcher matcher = ANSWER.matcher(answer);
        if (!matcher.matches()) {
            throw new SandboxException(candidate + " is not a CPython interpreter");
        }
        int major = Integer.parseInt(matcher.group(1));
        int minor = Integer.parseInt(matcher.group(2));
        if (major != 3 || minor < LEAST_MINOR) {
            throw new SandboxException(candidate + " is Python " + major + "." + minor);
        }
        return new PythonInterpreter(Path.of(matcher.group(3)), major, minor);
    }

    private static Set<Path> candidates(String searchPath) {
        Set<Path> candidates = new LinkedHashSet<>();
        for (String folder : (searchPath + ":/usr/local/bin:/usr/bin:/bin").split(":")) {
            for (String name :
                    List.of("python3", "python3.14", "python3.13", "python3.12", "python3.11")) {
                if (folder.startsWith("/") && Files.isExecutable(Path.of(folder, name))) {
                    candidates.add(Path.of(folder, name));
                }
            }
        }
        return candidates;
    }

    private static String ask(Path candidate) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(candidate.toString(), "-I", "-S", "-c", QUESTION)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            process.getOutputStream().close();
            byte[] answer = process.getInputStream().readNBytes(MOST_ANSWER_BYTES);
            if (!process.waitFor(SECONDS_TO_ANSWER, TimeUnit.SECONDS)) {
                throw new IOException("it does not answer");
            }
            return new String(answer, StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }
}
