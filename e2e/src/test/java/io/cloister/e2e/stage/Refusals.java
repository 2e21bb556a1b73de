package io.cloister.e2e.stage;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.client.Finding;
import io.cloister.client.RefusedException;

import org.junit.jupiter.api.function.Executable;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The codes of the checks that refuse.
public final class Refusals {
    private Refusals() {}

    /// Runs what a client must refuse, and gives the codes of all its findings.
    public static Set<String> of(Executable refused) {
        return codes(assertThrows(RefusedException.class, refused).findings());
    }

    private static Set<String> codes(List<Finding> findings) {
        return findings.stream().map(Finding::code).collect(Collectors.toCollection(TreeSet::new));
    }
}
