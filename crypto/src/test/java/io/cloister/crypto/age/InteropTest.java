package io.cloister.crypto.age;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Files go both ways between us and other implementations of age. Where one cannot be had the
/// tests are skipped, and say so.
final class InteropTest {
    private static final Duration PATIENCE = Duration.ofSeconds(100);

    @TempDir static Path folder;

    static IntStream lengths() {
        return IntStream.of(0, 1, 65535, 65536, 65537, 131072, (1 << 20) + 1);
    }

    /// The stock `age` command (Debian 12: 1.1.1), which knows X25519 and passphrases.
    @Nested
    final class AgeCommand {
        private final X25519Identity identity = X25519Identity.generate(new SecureRandom());

        AgeCommand() throws IOException {
            if (!isOnPath("age")) {
                abort("the age command is not installed (Debian: apt-get install age)");
            }
            Files.writeString(folder.resolve("identity"), text(identity) + "\n");
        }

        @ParameterizedTest
        @MethodSource("io.cloister.crypto.age.InteropTest#lengths")
        void opensWhatWeSeal(int length) throws Exception {
            byte[] clear = random(length);
            Bytes file = Sealing.to(List.of(identity.recipient())).file(clear);

            assertArrayEquals(clear, run(file.toArray(), "age", "-d", "-i", path("identity")));
        }

        @ParameterizedTest
        @MethodSource("io.cloister.crypto.age.InteropTest#lengths")
        void weOpenWhatItSeals(int length) throws Exception {
            byte[] clear = random(length);
            String recipient = identity.recipient().toString();
            byte[] file = run(clear, "age", "-r", recipient);
            assertArrayEquals(clear, open(identity, new ByteArrayInputStream(file)));

            byte[] armored = run(clear, "age", "-a", "-r", recipient);
            assertArrayEquals(
                    clear, open(identity, Armor.decoding(new ByteArrayInputStream(armored))));
        }

        @Test
        void opensWhatWeSealToSeveral() throws Exception {
            var other = X25519Identity.generate(new SecureRandom());
            Bytes file =
                    Sealing.to(List.of(other.recipient(), identity.recipient()))
                            .file(random(70_000));

            assertArrayEquals(
                    random(70_000), run(file.toArray(), "age", "-d", "-i", path("identity")));
        }
    }

    /// npm's age-encryption, by the author of the format, which knows the hybrid recipient.
    @Nested
    final class AgeEncryption {
        private final HybridIdentity identity = HybridIdentity.generate(new SecureRandom());

        AgeEncryption() throws Exception {
            install();
        }

        @Test
        void derivesTheSameRecipient() throws Exception {
            assertEquals(
                    identity.recipient().toString(),
                    new String(
                            node(new byte[0], "recipient", text(identity)),
                            StandardCharsets.US_ASCII));
        }

        @ParameterizedTest
        @MethodSource("io.cloister.crypto.age.InteropTest#lengths")
        void opensWhatWeSeal(int length) throws Exception {
            byte[] clear = random(length);
            Bytes file = Sealing.to(List.of(identity.recipient())).file(clear);

            assertArrayEquals(clear, node(file.toArray(), "open", text(identity)));
        }

        @ParameterizedTest
        @MethodSource("io.cloister.crypto.age.InteropTest#lengths")
        void weOpenWhatItSeals(int length) throws Exception {
            byte[] clear = random(length);
            byte[] file = node(clear, "seal", identity.recipient().toString());

            assertArrayEquals(clear, open(identity, new ByteArrayInputStream(file)));
        }
    }

    /// Installs the package as locked (exact versions and digests), once.
    private static synchronized void install() throws Exception {
        Path npm = folder.resolve("npm");
        if (Files.exists(npm.resolve("node_modules"))) {
            return;
        }
        if (!isOnPath("node") || !isOnPath("npm")) {
            abort("node and npm are not installed");
        }
        Files.createDirectories(npm);
        Path source = Path.of("src/test/npm");
        for (String name : List.of("package.json", "package-lock.json", "age.js")) {
            Files.copy(source.resolve(name), npm.resolve(name));
        }
        try {
            runIn(npm, new byte[0], "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        } catch (IOException e) {
            abort("npm could not install age-encryption: " + e.getMessage());
        }
    }

    private static byte[] node(byte[] input, String what, String key) throws Exception {
        return runIn(folder.resolve("npm"), input, "node", "age.js", what, key);
    }

    private static byte[] run(byte[] input, String... command) throws Exception {
        return runIn(folder, input, command);
    }

    private static byte[] runIn(Path directory, byte[] input, String... command) throws Exception {
        Path in = Files.write(folder.resolve("input"), input);
        Path out = folder.resolve("output");
        Path err = folder.resolve("errors");
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(command[0] + " took longer than " + PATIENCE);
        }
        if (process.exitValue() != 0) {
            throw new IOException(command[0] + ": " + Files.readString(err));
        }
        return Files.readAllBytes(out);
    }

    private static boolean isOnPath(String command) {
        String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(":"))
                        .anyMatch(entry -> Files.isExecutable(Path.of(entry, command)));
    }

    private static String path(String name) {
        return folder.resolve(name).toString();
    }

    private static byte[] open(Identity identity, InputStream file) throws IOException {
        var clear = new ByteArrayOutputStream();
        Opening.with(identity).open(file, clear, 2);
        return clear.toByteArray();
    }

    private static String text(Identity identity) {
        byte[] ascii =
                identity.text(SecretExposure.acknowledged()).expose(SecretExposure.acknowledged());
        return new String(ascii, StandardCharsets.US_ASCII);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }
}
