package io.cloister.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Builds what an enclave runs a second time, in another folder and with Maven on the toolchain's
/// JDK, and compares byte by byte: a participant who builds the same commit gets the same reference
/// values.
@Tag("jars")
class ReproducibleJarsTest {
    /// What the agent's jars are made of, and the testkit, which its pom names.
    private static final List<String> NEEDED =
            List.of(
                    "protocol",
                    "crypto",
                    "crypto-cosmian",
                    "attestation",
                    "attestation-testkit",
                    "link",
                    "agent");

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void aSecondBuildGivesTheSameBytes(@TempDir Path folder) throws Exception {
        Path first = Checkout.root();
        Path second = Files.createDirectory(folder.resolve("elsewhere"));
        copyBuild(first, second);
        build(second);
        assertEquals(
                List.of(),
                differences(first, second),
                "run ./mvnw clean verify once, then ask why");
    }

    @Test
    void tellsJarsThatDifferByOneByte(@TempDir Path folder) throws IOException {
        Path first = Files.createDirectories(app(folder.resolve("a")));
        Path second = Files.createDirectories(app(folder.resolve("b")));
        Files.write(first.resolve("it.jar"), new byte[] {1, 2});
        Files.write(second.resolve("it.jar"), new byte[] {1, 2});
        assertEquals(List.of(), differences(folder.resolve("a"), folder.resolve("b")));
        Files.write(second.resolve("it.jar"), new byte[] {1, 3});
        assertEquals(
                List.of("it.jar differs"), differences(folder.resolve("a"), folder.resolve("b")));
        Files.delete(second.resolve("it.jar"));
        assertEquals(
                List.of("it.jar is missing"),
                differences(folder.resolve("a"), folder.resolve("b")));
    }

    private static List<String> differences(Path first, Path second) throws IOException {
        List<String> differences = new ArrayList<>();
        try (Stream<Path> jars = Files.list(app(first))) {
            for (Path jar : jars.sorted().toList()) {
                Path other = app(second).resolve(jar.getFileName().toString());
                if (!Files.exists(other)) {
                    differences.add(jar.getFileName() + " is missing");
                } else if (Files.mismatch(jar, other) >= 0) {
                    differences.add(jar.getFileName() + " differs");
                }
            }
        }
        return differences;
    }

    private static void build(Path root) throws IOException, InterruptedException {
        Path log = root.resolve("log");
        String maven = Path.of(System.getProperty("maven.home"), "bin", "mvn").toString();
        var builder =
                new ProcessBuilder(
                        maven,
                        "--offline",
                        "--batch-mode",
                        "--quiet",
                        "-Dmaven.repo.local=" + System.getProperty("maven.repository"),
                        "-Dmaven.test.skip=true",
                        "-pl",
                        "agent",
                        "-am",
                        "package");
        builder.directory(root.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        Process process = builder.start();
        process.getOutputStream().close();
        int status = process.waitFor();
        assertTrue(status == 0, () -> "the second build failed:\n" + read(log));
    }

    private static void copyBuild(Path from, Path to) throws IOException {
        Files.copy(from.resolve("pom.xml"), to.resolve("pom.xml"));
        copyTree(from.resolve(".mvn"), to.resolve(".mvn"));
        try (Stream<Path> modules = Files.list(from)) {
            for (Path module : modules.filter(it -> Files.exists(it.resolve("pom.xml"))).toList()) {
                String name = module.getFileName().toString();
                Files.createDirectories(to.resolve(name));
                Files.copy(module.resolve("pom.xml"), to.resolve(name).resolve("pom.xml"));
                if (NEEDED.contains(name)) {
                    copyTree(
                            module.resolve("src").resolve("main"),
                            to.resolve(name).resolve("src").resolve("main"));
                }
            }
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }

    private static Path app(Path root) {
        return root.resolve("agent").resolve("target").resolve("app");
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
