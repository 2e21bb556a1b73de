package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The server's table of operations and `spec/openapi.yaml` say the same.
final class ContractTest {
    private static final Pattern RAISED =
            Pattern.compile("\\b(?:of|field|Problem)\\(\\s*[0-9]{3},\\s*\"([^\"]+)\"");
    private static final Pattern QUOTED = Pattern.compile("`([a-z][a-z0-9.-]*)`");

    /// Passed on from the protocol; `spec/openapi.yaml` names them apart.
    private static final Set<String> PROTOCOL = Set.of("wrong-state");

    private static final Path ROOT = Path.of(System.getProperty("cloister.root", ".."));

    @TempDir Path data = Path.of("");

    @Test
    void operationsRolesAndLimitsAreThoseOfTheDocument() throws Exception {
        try (var stage = new Stage(data, (_, _, _) -> {})) {
            var documented = new TreeMap<String, String>();
            stage.contract
                    .operations()
                    .forEach((id, operation) ->
                            documented.put(
                                    id,
                                    operation.method()
                                            + " "
                                            + operation.path()
                                            + " "
                                            + Contract.roles(operation).stream().sorted().toList()
                                            + " "
                                            + stage.contract.maxBytes(operation)));
            var served = new TreeMap<String, String>();
            for (Route route : stage.server().routes()) {
                served.put(
                        route.operation(),
                        route.method().name().toLowerCase(java.util.Locale.ROOT)
                                + " "
                                + route.path()
                                + " "
                                + route.allowed().stream().sorted().toList()
                                + " "
                                + route.maxBody());
            }
            assertEquals(documented, served);
        }
    }

    /// A code that no document names is one that no client can be written for, and one that no
    /// source raises is one it is written for in vain.
    @Test
    void theCodesOfProblemsAreThoseOfTheDocuments() throws Exception {
        String sources = sources();
        Set<String> listed = quoted(new Contract().codesOfItsOwn());
        Set<String> documented = new TreeSet<>(listed);
        documented.addAll(quoted(Files.readString(ROOT.resolve("spec/cosmian.md"))));
        documented.addAll(PROTOCOL);
        Set<String> raised =
                RAISED.matcher(sources)
                        .results()
                        .map(found -> found.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(
                raised.containsAll(Set.of("not-ready", "no-result", "git-busy")), raised::toString);
        raised.removeAll(documented);
        assertEquals(Set.of(), raised);
        listed.removeIf(code -> sources.contains('"' + code + '"'));
        assertEquals(Set.of(), listed);
    }

    private static String sources() throws IOException {
        var all = new StringBuilder();
        Path folder = ROOT.resolve("server/src/main/java/io/cloister/server");
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(one -> one.toString().endsWith(".java")).toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    private static Set<String> quoted(String text) {
        return QUOTED.matcher(text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void aServerThatCanNotStoreIsNotReady() throws Exception {
        try (var stage = new Stage(data, (_, _, _) -> {})) {
            Files.delete(data.resolve("temporary"));
            stage.api.get("/health/ready", "").refused(503, "not-ready");
            stage.api.get("/health/live", "").expect(200);
            Files.createDirectory(data.resolve("temporary"));
            stage.api.get("/health/ready", "").expect(200);
        }
    }

    @Test
    void aBodyThatComesTooSlowlyIsATimeOut() {
        var log = new JsonLog(new PrintStream(OutputStream.nullOutputStream()), Clock.systemUTC());
        Problem problem =
                new Web(new SecureRandom(), log).problem(new PacedBody.TooSlowException(), "id");
        assertEquals(408, problem.status());
        assertEquals("body-too-slow", problem.code());
    }
}
