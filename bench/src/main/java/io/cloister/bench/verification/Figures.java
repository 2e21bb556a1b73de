package io.cloister.bench.verification;

import java.util.List;
import java.util.Locale;

/// What one thing took, in nanoseconds, once a round.
///
/// @param rounds at least one, ascending
record Figures(List<Double> rounds) {
    Figures {
        rounds = rounds.stream().sorted().toList();
        if (rounds.isEmpty()) {
            throw new IllegalArgumentException("at least one round");
        }
    }

    double lowest() {
        return rounds.getFirst();
    }

    double median() {
        int middle = rounds.size() / 2;
        return rounds.size() % 2 == 1
                ? rounds.get(middle)
                : (rounds.get(middle - 1) + rounds.get(middle)) / 2;
    }

    /// Median and, in brackets, lowest and highest, in microseconds.
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%.1f (%.1f to %.1f)",
                median() / 1e3,
                lowest() / 1e3,
                rounds.getLast() / 1e3);
    }

    /// This by `other`: of the medians and, in brackets, of the lowest, which other work on the
    /// machine disturbs least.
    String by(Figures other) {
        return String.format(
                Locale.ROOT,
                "**%.2f** (%.2f)",
                median() / other.median(),
                lowest() / other.lowest());
    }
}
