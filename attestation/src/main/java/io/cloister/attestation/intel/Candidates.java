package io.cloister.attestation.intel;

import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.protocol.MalformedException;

import java.util.List;
import java.util.Optional;

/// Chooses who fills a role. Anyone can hand over something with a right name, or even with a right
/// public key, beside what has a right signature: so all that may fit are tried, and the first
/// without a fault counts. How many there are is bounded by how many Endorsements there may be.
final class Candidates {
    private Candidates() {}

    /// What one of them must stand.
    ///
    /// @param <C> who is tried
    /// @param <R> what comes of it
    @FunctionalInterface
    interface Trial<C, R> {
        R run(C candidate, CheckList trial) throws CouldNotCheckException, MalformedException;
    }

    /// What comes of the first without a fault. If there is none, it is the first for which
    /// something is missing that decides, then the first with a fault, then the first malformed.
    ///
    /// @param candidates at least one
    /// @param checks takes the findings of the one that counts
    /// @throws CouldNotCheckException if something is missing for that one
    /// @throws MalformedException if all are malformed
    static <C, R> R first(List<C> candidates, CheckList checks, Trial<C, R> trial)
            throws CouldNotCheckException, MalformedException {
        Optional<CouldNotCheckException> missing = Optional.empty();
        Optional<Faulty<R>> faulty = Optional.empty();
        Optional<MalformedException> malformed = Optional.empty();
        for (C candidate : candidates) {
            CheckList list = checks.trial();
            try {
                R result = trial.run(candidate, list);
                if (!list.refuses()) {
                    checks.adopt(list);
                    return result;
                }
                faulty = faulty.or(() -> Optional.of(new Complete<>(list, result)));
            } catch (CouldNotCheckException e) {
                if (list.refuses()) {
                    faulty = faulty.or(() -> Optional.of(new Broken<>(list, e)));
                } else {
                    missing = missing.or(() -> Optional.of(e));
                }
            } catch (MalformedException e) {
                malformed = malformed.or(() -> Optional.of(e));
            }
        }
        if (missing.isPresent()) {
            throw missing.get();
        }
        if (faulty.isPresent()) {
            checks.adopt(faulty.get().findings());
            return faulty.get().result();
        }
        throw malformed.orElseThrow(() -> new IllegalArgumentException("no candidates"));
    }

    /// One with a fault.
    private sealed interface Faulty<R> {
        CheckList findings();

        R result() throws CouldNotCheckException;
    }

    private record Complete<R>(CheckList findings, R result) implements Faulty<R> {}

    /// One with a fault that lacks something, too: the fault decides.
    private record Broken<R>(CheckList findings, CouldNotCheckException missing)
            implements Faulty<R> {
        @Override
        public R result() throws CouldNotCheckException {
            throw missing;
        }
    }
}
