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

    void add(double taken) {
        seconds.add(taken);
    }

    /// Median and, in brackets, lowest and highest, in seconds.
    String spread() {
        return String.format(
                Locale.ROOT,
                "%.3f (%.3f to %.3f)",
                median(),
                seconds.stream().mapToDouble(s -> s).min().orElse(Double.NaN),
                seconds.stream().mapToDouble(s -> s).max().orElse(Double.NaN));
    }

    /// Median, 99th percentile and highest, in milliseconds.
    String percentiles() {
        List<Double> sorted = seconds.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "median %.1f, p99 %.1f, highest %.1f",
                median() * 1e3,
                sorted.get(sorted.size() * 99 / 100) * 1e3,
                sorted.getLast() * 1e3);
    }
}
