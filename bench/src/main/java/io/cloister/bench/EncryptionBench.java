package io.cloister.bench;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.age.X25519Identity;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Encryption and decryption of a large file beside the stock `age` command, and on two cores
/// beside one.
///
/// `EncryptionBench MEBIBYTES ROUNDS FOLDER` measures and writes a section of Markdown to standard
/// output; the two other forms are what it starts as fresh processes.
final class EncryptionBench {
    private static final SecureRandom RANDOM = new SecureRandom();

    /// What is opened in memory: a file of this many bytes, this many times.
    private static final int IN_MEMORY = 32 << 20;

    private static final int OPENED = 64;

    private final long bytes;
    private final int rounds;
    private final Path folder;
    private final PrintStream out;

    private EncryptionBench(long bytes, int rounds, Path folder, PrintStream out) {
        this.bytes = bytes;
        this.rounds = rounds;
        this.folder = folder;
        this.out = out;
    }

    /// Runs one of the forms.
    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "seal" ->
                    seal(
                            Recipient.parse(arguments[1], "recipient"),
                            Path.of(arguments[2]),
                            Path.of(arguments[3]),
                            Sealing.allCores());
            case "open" ->
                    open(
                            identity(Files.readString(Path.of(arguments[1])).strip()),
                            Path.of(arguments[2]),
                            Path.of(arguments[3]),
                            Sealing.allCores());
            default ->
                    new EncryptionBench(
                                    Long.parseLong(arguments[0]) << 20,
                                    Integer.parseInt(arguments[1]),
                                    Path.of(arguments[2]),
                                    System.out)
                            .run();
        }
    }

    private void run() throws Exception {
        Path clear = folder.resolve("clear");
        writeRandom(clear);
        out.printf("%,d MiB, %d rounds, median (lowest to highest), MB/s%n%n", bytes >> 20, rounds);
        warmUp();
        fileToFile(clear);
        memoryToMemory();
    }

    /// What the running program has done before: some hundred MiB, so that it is compiled.
    private static void warmUp() throws IOException {
        var identity = HybridIdentity.generate(RANDOM);
        Sealing.to(List.of(identity.recipient()))
                .body(new Zeros(8L * IN_MEMORY), OutputStream.nullOutputStream(), 2);
        byte[] file = sealedInMemory(identity);
        for (int i = 0; i < 8; i++) {
            openMemory(identity, file, 2);
        }
    }

    private void fileToFile(Path clear) throws Exception {
        var classical = X25519Identity.generate(RANDOM);
        var hybrid = HybridIdentity.generate(RANDOM);
        Files.writeString(folder.resolve("classical"), text(classical));
        Files.writeString(folder.resolve("hybrid"), text(hybrid));
        Path sealed = folder.resolve("sealed");
        Path opened = folder.resolve("opened");
        var ageSeals = new Samples();
        var ageOpens = new Samples();
        var freshSeals = new Samples();
        var freshOpens = new Samples();
        var warmSeals = new Samples();
        var warmOpens = new Samples();
        resetPeak();
        for (int round = 0; round < rounds; round++) {
            Files.deleteIfExists(sealed);
            ageSeals.measure(() ->
                    start(
                            "age",
                            "-r",
                            classical.recipient().toString(),
                            "-o",
                            sealed.toString(),
                            clear.toString()));
            Files.deleteIfExists(opened);
            ageOpens.measure(() ->
                    start(
                            "age",
                            "-d",
                            "-i",
                            folder.resolve("classical").toString(),
                            "-o",
                            opened.toString(),
                            sealed.toString()));
            Files.delete(sealed);
            freshSeals.measure(() -> fresh("seal", hybrid.recipient().toString(), clear, sealed));
            Files.delete(opened);
            freshOpens.measure(
                    () -> fresh("open", folder.resolve("hybrid").toString(), sealed, opened));
            Files.delete(sealed);
            warmSeals.measure(() -> seal(hybrid.recipient(), clear, sealed, Sealing.allCores()));
            Files.delete(opened);
            warmOpens.measure(() -> open(hybrid, sealed, opened, Sealing.allCores()));
        }
        if (Files.mismatch(clear, opened) >= 0) {
            throw new IOException("what was opened is not what was sealed");
        }
        out.println("| File to file | encrypt | decrypt | times `age` |");
        out.println("|---|---|---|---|");
        row("`age`, X25519", ageSeals, ageOpens, ageSeals, ageOpens);
        row("Cloister, hybrid, process started for it", freshSeals, freshOpens, ageSeals, ageOpens);
        row("Cloister, hybrid, running program", warmSeals, warmOpens, ageSeals, ageOpens);
        out.printf("%nPeak heap of the running program: %d MiB.%n%n", peak() >> 20);
    }

    private void row(
            String name, Samples seals, Samples opens, Samples ageSeals, Samples ageOpens) {
        out.printf(
                "| %s | %s | %s | %s, %s |%n",
                name,
                seals.throughput(bytes),
                opens.throughput(bytes),
                seals.timesAsFastAs(ageSeals),
                opens.timesAsFastAs(ageOpens));
    }

    private void memoryToMemory() throws Exception {
        var identity = HybridIdentity.generate(RANDOM);
        var sealOne = new Samples();
        var sealTwo = new Samples();
        var openOne = new Samples();
        var openTwo = new Samples();
        byte[] file = sealedInMemory(identity);
        for (int round = 0; round < rounds; round++) {
            sealOne.measure(() -> sealMemory(identity, 1));
            sealTwo.measure(() -> sealMemory(identity, 2));
            openOne.measure(() -> openMemoryOften(identity, file, 1));
            openTwo.measure(() -> openMemoryOften(identity, file, 2));
        }
        out.println("| Memory to memory | encrypt | decrypt |");
        out.println("|---|---|---|");
        out.printf(
                "| one thread | %s | %s |%n",
                sealOne.throughput(bytes), openOne.throughput((long) IN_MEMORY * OPENED));
        out.printf(
                "| two threads | %s | %s |%n",
                sealTwo.throughput(bytes), openTwo.throughput((long) IN_MEMORY * OPENED));
        out.printf(
                "| two as to one | %s | %s |%n",
                sealTwo.timesAsFastAs(sealOne), openTwo.timesAsFastAs(openOne));
    }

    private void sealMemory(HybridIdentity identity, int threads) throws IOException {
        Sealing.to(List.of(identity.recipient()))
                .body(new Zeros(bytes), OutputStream.nullOutputStream(), threads);
    }

    private static byte[] sealedInMemory(HybridIdentity identity) {
        return Sealing.to(List.of(identity.recipient())).file(new byte[IN_MEMORY]).toArray();
    }

    private static void openMemory(HybridIdentity identity, byte[] file, int threads)
            throws IOException {
        Opening.with(identity)
                .open(new ByteArrayInputStream(file), OutputStream.nullOutputStream(), threads);
    }

    private static void openMemoryOften(HybridIdentity identity, byte[] file, int threads)
            throws IOException {
        for (int i = 0; i < OPENED; i++) {
            openMemory(identity, file, threads);
        }
    }

    /// What a file command does but for its last step, making the file durable, which `age` does
    /// not do either.
    private static void seal(Recipient recipient, Path from, Path to, int threads)
            throws IOException {
        try (var source = FileChannel.open(from);
                var sink =
                        FileChannel.open(
                                to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            Sealing.to(List.of(recipient))
                    .file(Channels.newInputStream(source), Channels.newOutputStream(sink), threads);
        }
    }

    private static void open(Identity identity, Path from, Path to, int threads)
            throws IOException {
        try (var source = FileChannel.open(from);
                var sink =
                        FileChannel.open(
                                to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            Opening.with(identity)
                    .open(Channels.newInputStream(source), Channels.newOutputStream(sink), threads);
        }
    }

    private static void fresh(String what, String key, Path from, Path to) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add(EncryptionBench.class.getName());
        command.addAll(List.of(what, key, from.toString(), to.toString()));
        start(command.toArray(new String[0]));
    }

    private static void start(String... command) throws Exception {
        int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (exit != 0) {
            throw new IOException(command[0] + " ended with " + exit);
        }
    }

    private void writeRandom(Path file) throws IOException {
        var random = new SplittableRandom(1);
        byte[] block = new byte[1 << 20];
        try (OutputStream sink = Files.newOutputStream(file)) {
            for (long written = 0; written < bytes; written += block.length) {
                random.nextBytes(block);
                sink.write(block);
            }
        }
    }

    private static Identity identity(String text) throws Exception {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        return Identity.parse(SecretBytes.copyOf(ascii, SecretExposure.acknowledged()), "identity");
    }

    private static String text(Identity identity) {
        byte[] ascii =
                identity.text(SecretExposure.acknowledged()).expose(SecretExposure.acknowledged());
        return new String(ascii, StandardCharsets.US_ASCII);
    }

    private static List<MemoryPoolMXBean> heap() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .toList();
    }

    private static void resetPeak() {
        heap().forEach(MemoryPoolMXBean::resetPeakUsage);
    }

    private static long peak() {
        return heap().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
    }

    /// So many zero bytes.
    private static final class Zeros extends InputStream {
        private long left;

        Zeros(long left) {
            this.left = left;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (left <= 0) {
                return -1;
            }
            int count = (int) Math.min(length, left);
            left -= count;
            return count;
        }
    }
}
