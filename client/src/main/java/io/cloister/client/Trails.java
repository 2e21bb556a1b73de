package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerProblemException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Follows the receipts of the enclaves this client granted to, each from the last one in the key
/// store, or from its first run.
final class Trails {
    private static final int NOT_FOUND = 404;

    private final Seat seat;

    Trails(Seat seat) {
        this.seat = seat;
    }

    /// The runs of every enclave this client granted to, each enclave by itself: what is hidden of
    /// one says nothing of another. How many there are is what the server says, but no fewer than
    /// it showed before; in which order it lists them does not matter.
    ResultDesk.Followed follow() throws ClientException, ServerException, InterruptedException {
        List<Said.Run> said = seat.runs();
        Membership.History history = seat.membership().history();
        List<ResultDesk.Run> runs = new ArrayList<>();
        List<ResultDesk.Gap> gaps = new ArrayList<>();
        for (GrantRecord grant : history.grants()) {
            switch (whole(grant, said)) {
                case Verdict.Accepted<Trail>(var trail) -> {
                    for (long run = 1; run <= trail.length(); run++) {
                        runs.add(run(grant, run, trail.step(run).orElseThrow(), history));
                    }
                }
                case Verdict.Refused<Trail>(var findings) ->
                        gaps.add(new ResultDesk.Gap(grant.identity(), findings));
            }
        }
        Optional<Sha256> last =
                history.grants().isEmpty()
                        ? Optional.empty()
                        : Optional.of(history.grants().getLast().identity());
        return new ResultDesk.Followed(runs, gaps, last);
    }

    /// All receipts of one enclave that the server says there are.
    private Verdict<Trail> whole(GrantRecord grant, List<Said.Run> said)
            throws ClientException, ServerException, InterruptedException {
        long last =
                said.stream()
                        .filter(one -> one.receipt().isPresent())
                        .filter(one -> one.identity().equals(grant.identity()))
                        .mapToLong(Said.Run::run)
                        .max()
                        .orElse(0);
        Verdict<Trail> verdict;
        try {
            verdict = upTo(grant, last);
        } catch (RefusedException e) {
            return new Verdict.Refused<>(e.findings());
        }
        if (verdict instanceof Verdict.Accepted<Trail>(var trail) && trail.length() > last) {
            var findings = new Findings();
            findings.add(
                    Kind.COULD_NOT_CHECK,
                    "runs-hidden",
                    "the server no longer shows run "
                            + trail.length()
                            + " of enclave "
                            + grant.identity()
                            + ", whose receipt this client verified");
            return findings.refused();
        }
        return verdict;
    }

    private static ResultDesk.Run run(
            GrantRecord grant, long run, Trail.Step step, Membership.History history) {
        boolean accepted =
                history.accepted().stream()
                        .anyMatch(
                                one -> one.identity().equals(grant.identity()) && one.run() == run);
        return new ResultDesk.Run(
                grant.identity(),
                run,
                step.outcome(),
                step.receipt(),
                grant.measurement(),
                accepted || step.told());
    }

    /// The receipts of an enclave up to run `run` at least.
    Verdict<Trail> upTo(GrantRecord grant, long run)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Trail trail = stored(grant.identity());
        if (trail.length() >= run) {
            return new Verdict.Accepted<>(trail);
        }
        while (trail.length() < run) {
            Verdict<Trail> longer = next(trail, grant, run);
            switch (longer) {
                case Verdict.Accepted<Trail>(var followed) -> trail = followed;
                case Verdict.Refused<Trail> refused -> {
                    return refused;
                }
            }
        }
        return new Verdict.Accepted<>(keep(trail));
    }

    private Verdict<Trail> next(Trail trail, GrantRecord grant, long upTo)
            throws ServerException, InterruptedException {
        long run = trail.length() + 1;
        Envelope receipt;
        try {
            receipt = seat.server().receipt(seat.place().computation(), trail.identity(), run);
        } catch (ServerProblemException e) {
            if (e.problem().status() != NOT_FOUND) {
                throw e;
            }
            var findings = new Findings();
            findings.add(
                    Kind.COULD_NOT_CHECK,
                    "receipt-hidden",
                    "the server does not show the receipt of run "
                            + run
                            + " of this enclave, and run "
                            + upTo
                            + " is only accepted with those of all runs before it");
            return findings.refused();
        }
        return trail.with(receipt, grant);
    }

    /// Notes that this person was told how a run ended.
    void told(Sha256 identity, long run) throws ClientException, RefusedException {
        keep(stored(identity).told(run));
    }

    private Trail stored(Sha256 identity) throws ClientException {
        Optional<Json> record = seat.cloister().vault().read(Trail.recordName(identity));
        return record.isPresent() ? Trail.read(record.get()) : Trail.begin(identity);
    }

    private Trail keep(Trail trail) throws ClientException, RefusedException {
        try (var _ = seat.cloister().vault().lock()) {
            Trail joined = stored(trail.identity()).joined(trail);
            seat.cloister().vault().write(Trail.recordName(trail.identity()), joined.toJson());
            return joined;
        }
    }
}
