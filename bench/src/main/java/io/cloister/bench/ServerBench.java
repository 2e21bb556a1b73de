package io.cloister.bench;

import io.cloister.client.Seat;
import io.cloister.client.server.ControlPlane;
import io.cloister.client.server.Progress;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;

/// Measures a control plane with real enclaves, over loopback: uploads beside copying,
/// computations, listing. Prints a section for docs/benchmarks.md.
public final class ServerBench {
    private static final int LISTED = 1_000;
    private static final int UPLOADS = 200;
    private static final int COMPUTATIONS = 100;
    private static final int ENCLAVES_AT_ONCE = 2;
    private static final int SMALL_UPLOAD = 1 << 20;
    private static final int ONE_AFTER_ANOTHER = 10;

    private final Path root;
    private final Path folder;
    private final long mebibytes;
    private final int rounds;

    private ServerBench(Path root, Path folder, long mebibytes, int rounds) {
        this.root = root;
        this.folder = folder;
        this.mebibytes = mebibytes;
        this.rounds = rounds;
    }

    /// Runs everything.
    ///
    /// @param arguments the repository, a folder with room for three times the upload, the upload's
    ///   size in MiB, how many rounds, and which of `computations`, `uploads` and `listing`, with
    ///   commas
    public static void main(String[] arguments) throws Exception {
        new ServerBench(
                        Path.of(arguments[0]),
                        Path.of(arguments[1]),
                        Long.parseLong(arguments[2]),
                        Integer.parseInt(arguments[3]))
                .run(Set.of(arguments[4].split(",")));
    }

    private void run(Set<String> parts) throws Exception {
        try (var server =
                ServerProcess.start(
                        root, folder.resolve("server"), ENCLAVES_AT_ONCE, List.of("bare"))) {
            Troupe troupe = Troupe.at(server, root, folder);
            if (parts.contains("computations")) {
                computations(troupe);
                manyComputations(troupe);
            }
            if (parts.contains("uploads")) {
                uploads(troupe, server);
            }
            if (parts.contains("listing")) {
                listing(troupe, server);
            }
            say(
                    String.format(
                            Locale.ROOT,
                            "Peak resident memory of the server, heap limit %d MiB: %d MiB",
                            ServerProcess.HEAP_MEBIBYTES,
                            server.peakMebibytes()));
        }
    }

    private void uploads(Troupe troupe, ServerProcess server) throws Exception {
        try (Seat seat = troupe.propose("uploads");
                Seat _ = troupe.join(seat);
                var plane = new ControlPlane(server.endpoint(), Optional.of(troupe.token()))) {
            upload(plane, seat.place().computation());
            manyUploads(plane, seat.place().computation());
        }
    }

    /// Ten computations one after the other: what their participants wait for.
    private static void computations(Troupe troupe) throws Exception {
        troupe.play(0);
        var toIdentity = new Samples();
        var toResult = new Samples();
        for (int i = 0; i < ONE_AFTER_ANOTHER; i++) {
            Troupe.Took took = troupe.play(i);
            toIdentity.add(took.toIdentity());
            toResult.add(took.toResult());
        }
        say(
                String.format(
                        Locale.ROOT,
                        "Signed agreement to published identity, s: %s",
                        toIdentity.spread()));
        say(
                String.format(
                        Locale.ROOT,
                        "Last grant handed over to stored result, s: %s",
                        toResult.spread()));
    }

    /// A hundred at once through the launcher's queue.
    private static void manyComputations(Troupe troupe) throws Exception {
        long start = System.nanoTime();
        List<Callable<Troupe.Took>> plays = new ArrayList<>();
        for (int i = 0; i < COMPUTATIONS; i++) {
            int number = i;
            plays.add(() -> troupe.play(number));
        }
        int errors = errorsOf(plays);
        say(
                String.format(
                        Locale.ROOT,
                        "%d computations at once, %d enclaves at a time: %d failed, %.1f s in all",
                        COMPUTATIONS,
                        ENCLAVES_AT_ONCE,
                        errors,
                        secondsSince(start)));
    }

    private void upload(ControlPlane plane, ComputationId computation) throws Exception {
        Path file = folder.resolve("ciphertext");
        Sha256 digest = randomFile(file, mebibytes << 20);
        var copies = new Samples();
        var uploads = new Samples();
        for (int i = 0; i < rounds; i++) {
            Path copy = folder.resolve("copy");
            copies.measure(() -> copyDurably(file, copy));
            Files.delete(copy);
            uploads.measure(
                    () -> plane.putBlob(computation, digest, file, "upload", Progress.NONE));
            plane.deleteBlob(computation, digest);
        }
        Files.delete(file);
        long bytes = mebibytes << 20;
        say(
                String.format(
                        Locale.ROOT,
                        "cp and fsync of %d MiB, MB/s: %s",
                        mebibytes,
                        copies.throughput(bytes)));
        say(
                String.format(
                        Locale.ROOT,
                        "upload of the same file, stored and fsynced, MB/s: %s",
                        uploads.throughput(bytes)));
        say(
                String.format(
                        Locale.ROOT,
                        "upload, times the speed of cp and fsync: %s",
                        uploads.timesAsFastAs(copies)));
    }

    private static void copyDurably(Path from, Path to) throws Exception {
        var copying = new ProcessBuilder("cp", from.toString(), to.toString()).inheritIO().start();
        if (copying.waitFor() != 0) {
            throw new IOException("cp failed");
        }
        try (FileChannel channel = FileChannel.open(to, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private void manyUploads(ControlPlane plane, ComputationId computation) throws Exception {
        List<Path> files = new ArrayList<>();
        List<Sha256> digests = new ArrayList<>();
        for (int i = 0; i < UPLOADS; i++) {
            Path file = folder.resolve("small-" + i);
            digests.add(randomFile(file, SMALL_UPLOAD));
            files.add(file);
        }
        long start = System.nanoTime();
        List<Callable<Boolean>> uploads = new ArrayList<>();
        for (int i = 0; i < UPLOADS; i++) {
            Sha256 digest = digests.get(i);
            Path file = files.get(i);
            uploads.add(() -> {
                plane.putBlob(computation, digest, file, "upload", Progress.NONE);
                return true;
            });
        }
        int errors = errorsOf(uploads);
        double seconds = secondsSince(start);
        say(
                String.format(
                        Locale.ROOT,
                        "%d uploads of 1 MiB at once: %d failed, %.1f s, %.0f MB/s",
                        UPLOADS,
                        errors,
                        seconds,
                        (double) UPLOADS * SMALL_UPLOAD / 1e6 / seconds));
    }

    private static void listing(Troupe troupe, ServerProcess server) throws Exception {
        for (int i = 0; i < LISTED; i++) {
            troupe.propose("listed " + i).close();
        }
        var pages = new Samples();
        try (var plane = new ControlPlane(server.endpoint(), Optional.of(troupe.ownerToken()))) {
            for (int i = 0; i < LISTED; i++) {
                pages.measure(() -> plane.computations(false, Optional.empty()));
            }
        }
        say(
                String.format(
                        Locale.ROOT,
                        "a page of more than %d computations, ms: %s",
                        LISTED,
                        pages.percentiles()));
    }

    private static <T> int errorsOf(List<Callable<T>> tasks) throws Exception {
        int errors = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<T> done : threads.invokeAll(tasks)) {
                if (done.state() != Future.State.SUCCESS) {
                    errors++;
                    System.err.println(done.exceptionNow());
                }
            }
        }
        return errors;
    }

    private static Sha256 randomFile(Path file, long length) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        byte[] block = new byte[1 << 20];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long written = 0; written < length; written += block.length) {
                random.nextBytes(block);
                digest.update(block);
                out.write(block);
            }
        }
        return Sha256.finish(digest);
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
