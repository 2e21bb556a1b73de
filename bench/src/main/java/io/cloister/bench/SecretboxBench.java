package io.cloister.bench;

import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.cosmian.SecretboxKey;
import io.cloister.crypto.cosmian.SecretboxOpening;
import io.cloister.crypto.cosmian.SecretboxSealing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// Opens one large secretbox message, as an enclave of the Cosmian dialect does, and with PyNaCl,
/// turn by turn.
public final class SecretboxBench {
    private static final String PYNACL =
            """
            import resource, sys, time
            from nacl.secret import SecretBox
            key, message = open(sys.argv[1], "rb").read(), sys.argv[2]
            start = time.perf_counter()
            SecretBox(key).decrypt(open(message, "rb").read())
            print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
            """;

    private SecretboxBench() {}

    /// Measures.
    ///
    /// @param arguments mebibytes, rounds, a folder, a Python that has PyNaCl
    public static void main(String[] arguments) throws Exception {
        int mebibytes = Integer.parseInt(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        Path folder = Path.of(arguments[2]);
        Path message = folder.resolve("message");
        byte[] raw = new byte[SecretboxKey.LENGTH];
        new SecureRandom().nextBytes(raw);
        Files.write(folder.resolve("key"), raw);
        SecretboxKey key = SecretboxKey.of(raw, SecretExposure.acknowledged());
        seal(key, message, mebibytes);
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        long theirMemory = 0;
        for (int round = 0; round < rounds; round++) {
            long start = System.nanoTime();
            try (var in = new BufferedInputStream(Files.newInputStream(message), 1 << 20)) {
                SecretboxOpening.transfer(key, in, OutputStream.nullOutputStream());
            }
            ours.add((System.nanoTime() - start) / 1e9);
            String[] said = python(arguments[3], folder, message);
            theirs.add(Double.parseDouble(said[0]));
            theirMemory = Math.max(theirMemory, Long.parseLong(said[1]) >> 10);
        }
        System.out.printf(
                Locale.ROOT,
                "| %d MiB | %s | %s | heap of %d MiB | %d MiB |%n",
                mebibytes,
                shown(ours, mebibytes),
                shown(theirs, mebibytes),
                Runtime.getRuntime().maxMemory() >> 20,
                theirMemory);
    }

    private static void seal(SecretboxKey key, Path message, int mebibytes) throws IOException {
        try (var file = new RandomAccessFile(message.toFile(), "rw")) {
            file.seek(SecretboxOpening.OVERHEAD);
            var sink =
                    new OutputStream() {
                        @Override
                        public void write(int value) throws IOException {
                            file.write(value);
                        }

                        @Override
                        public void write(byte[] from, int offset, int length) throws IOException {
                            file.write(from, offset, length);
                        }
                    };
            var sealing = new SecretboxSealing(key, new SecureRandom(), sink);
            byte[] piece = new byte[1 << 20];
            for (int i = 0; i < mebibytes; i++) {
                sealing.write(piece);
            }
            sealing.close();
            file.seek(0);
            file.write(sealing.head().toArray());
        }
    }

    private static String[] python(String python, Path folder, Path message) throws Exception {
        Process process =
                new ProcessBuilder(
                                python,
                                "-c",
                                PYNACL,
                                folder.resolve("key").toString(),
                                message.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("PyNaCl could not open it");
        }
        return said.strip().split(" ", -1);
    }

    private static String shown(List<Double> seconds, int mebibytes) {
        List<Double> sorted = new ArrayList<>(seconds);
        Collections.sort(sorted);
        return String.format(
                Locale.ROOT,
                "%.0f MiB/s (%.1f s, %.1f to %.1f)",
                mebibytes / sorted.get(sorted.size() / 2),
                sorted.get(sorted.size() / 2),
                sorted.getFirst(),
                sorted.getLast());
    }
}
