package io.cloister.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// The most memory that the processes below one hold while this is open: what is theirs alone and
/// the files they have mapped, summed over all of them, and by how much memory files and tmpfs of
/// the whole machine have grown. Rather too much than too little: a file that several have mapped
/// counts for each, and so does what others do on the machine.
final class EnclaveMemory implements AutoCloseable {
    private static final long BETWEEN_SAMPLES_MILLIS = 500;

    private final long ancestor;
    private final long sharedBefore;
    private volatile boolean closed;
    private volatile long peak;

    private EnclaveMemory(long ancestor) throws IOException {
        this.ancestor = ancestor;
        this.sharedBefore = kibibytes(Path.of("/proc/meminfo"), "Shmem:");
    }

    /// Of all processes that `ancestor` started, directly or not.
    static EnclaveMemory of(long ancestor) throws IOException {
        var memory = new EnclaveMemory(ancestor);
        Thread.ofPlatform().daemon().start(memory::sample);
        return memory;
    }

    /// In bytes.
    long peak() {
        return peak << 10;
    }

    private void sample() {
        try {
            while (!closed) {
                peak = Math.max(peak, now());
                Thread.sleep(BETWEEN_SAMPLES_MILLIS);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private long now() throws IOException {
        long own =
                descendants()
                        .mapToLong(pid -> {
                            try {
                                Path status = Path.of("/proc", Long.toString(pid), "status");
                                return kibibytes(status, "RssAnon:")
                                        + kibibytes(status, "RssFile:");
                            } catch (IOException _) {
                                return 0; // It has ended.
                            }
                        })
                        .sum();
        return own + kibibytes(Path.of("/proc/meminfo"), "Shmem:") - sharedBefore;
    }

    /// Not by [ProcessHandle#descendants], which leaves out those of other users.
    private Stream<Long> descendants() throws IOException {
        Map<Long, Long> parents = new HashMap<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                String name = entry.getFileName().toString();
                if (Character.isDigit(name.charAt(0))) {
                    try {
                        String stat = Files.readString(entry.resolve("stat"));
                        String[] after = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 3);
                        parents.put(Long.parseLong(name), Long.parseLong(after[1]));
                    } catch (IOException _) {
                        // It has ended.
                    }
                }
            }
        }
        return parents.keySet().stream().filter(pid -> descends(pid, parents)).toList().stream();
    }

    private boolean descends(long pid, Map<Long, Long> parents) {
        for (Long at = parents.get(pid); at != null && at != 0; at = parents.get(at)) {
            if (at == ancestor) {
                return true;
            }
        }
        return false;
    }

    /// What `file` says in its lines that start with `name`.
    static long kibibytes(Path file, String name) throws IOException {
        return Files.readString(file)
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    @Override
    public void close() {
        closed = true;
    }
}
