package io.cloister.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Repeated measurements of one thing, in seconds. Used by one thread.
final class Samples {
    private final List<Double> seconds = new ArrayList<>();

    /// What is measured.
    @FunctionalInterface
    interface Work {
        void run() throws Exception;
    }

    void measure(Work work) throws Exception {
        long start = System.nanoTime();
        work.run();
        seconds.add((System.nanoTime() - start) / 1e9);
    }

    double median() {
        List<Double> sorted = seconds.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /// Median throughput and, in brackets, lowest and highest, in MB/s.
    String throughput(long bytes) {
        double slowest = seconds.stream().mapToDouble(s -> s).max().orElse(Double.NaN);
        double fastest = seconds.stream().mapToDouble(s -> s).min().orElse(Double.NaN);
        return String.format(
                Locale.ROOT,
                "%.0f (%.0f to %.0f)",
                bytes / 1e6 / median(),
                bytes / 1e6 / slowest,
                bytes / 1e6 / fastest);
    }

    /// How many times as fast as `other` this is, by medians.
    String timesAsFastAs(Samples other) {
        return String.format(Locale.ROOT, "%.2f", other.median() / median());
    }
}
