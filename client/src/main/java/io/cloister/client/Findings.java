package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.DocumentRefusedException;
import io.cloister.protocol.dsse.NotAuthenticException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Collects the findings of one procedure, in its order. Used by one thread.
final class Findings {
    private final List<Finding> found = new ArrayList<>();

    interface Reading<T> {
        T read() throws MalformedException, NotAuthenticException, DocumentRefusedException;
    }

    /// Runs a check of documents; what it finds is recorded under `code`.
    <T> Optional<T> reading(String code, Reading<T> reading) {
        try {
            return Optional.of(reading.read());
        } catch (MalformedException e) {
            add(Kind.MALFORMED, code + "-form", message(e));
        } catch (NotAuthenticException e) {
            add(Kind.NOT_AUTHENTIC, code + "-signature", message(e));
        } catch (DocumentRefusedException e) {
            add(Kind.NOT_ACCEPTABLE, e.code(), message(e));
        }
        return Optional.empty();
    }

    private static String message(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    void add(Kind kind, String code, String sentence) {
        found.add(new Finding(kind, code, sentence));
    }

    void addAll(List<Finding> findings) {
        found.addAll(findings);
    }

    /// Records a finding unless `expected` is `actual`.
    void requireEqual(Kind kind, String code, String sentence, Object expected, Object actual) {
        if (!expected.equals(actual)) {
            found.add(new Finding(kind, code, sentence, expected.toString(), actual.toString()));
        }
    }

    /// Records a finding unless `holds`.
    void require(boolean holds, Kind kind, String code, String sentence) {
        if (!holds) {
            add(kind, code, sentence);
        }
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    List<Finding> all() {
        return List.copyOf(found);
    }

    /// Accepted if nothing was found.
    <T> Verdict<T> verdict(T value) {
        return found.isEmpty() ? new Verdict.Accepted<>(value) : new Verdict.Refused<>(found);
    }

    <T> Verdict<T> refused() {
        return new Verdict.Refused<>(found);
    }
}
