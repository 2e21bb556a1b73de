package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.Sha256;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// One approval that a person confirmed once, for one enclave after another, so that a restart
/// needs nobody.
///
/// **Guaranteed:** every further grant is for exactly what was confirmed: the same agreement, code,
/// inputs, runs, expiry and policy, and at most as many as were confirmed; each enclave passes
/// every check anew. **Not guaranteed:** that an earlier enclave has ended: its runs can happen
/// too, which is why [#possibleRuns] counts them all.
///
/// Used by one thread.
public final class StandingApproval {
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final ApprovalDesk desk;
    private final Approvable confirmed;
    private final ApprovalDesk.Request further;
    private final int times;
    private final Set<Sha256> granted = new HashSet<>();

    /// A further grant.
    ///
    /// @param checked the enclave
    /// @param grant what was granted
    public record Made(Approvable checked, GrantRecord grant) {}

    private interface Attempt<T> {
        T make() throws ClientException, ServerException, RefusedException, InterruptedException;
    }

    /// @param confirmed what a person was shown, together with [#possibleRuns]
    StandingApproval(
            ApprovalDesk desk, Approvable confirmed, ApprovalDesk.Request request, int times) {
        if (times < 1) {
            throw new IllegalArgumentException("an approval is for at least one enclave");
        }
        this.desk = desk;
        this.confirmed = confirmed;
        this.further =
                new ApprovalDesk.Request(
                        request.policy(), request.runs(), request.notAfter(), true);
        this.times = times;
    }

    /// How many runs could happen in all once every grant is made: those of grants made before, and
    /// of this one in each enclave.
    public long possibleRuns() {
        return confirmed.possibleRuns() + (times - 1) * confirmed.runs();
    }

    /// For how many enclaves it still holds.
    public int left() {
        return times - granted.size();
    }

    /// Grants to the enclave that was confirmed itself.
    public GrantRecord grant() throws ClientException, ServerException, InterruptedException {
        return grant(confirmed);
    }

    /// Waits for an enclave that this client has not granted to, checks it, and grants. What passes
    /// with time is waited out: an enclave that is gone again, a server that does not answer or
    /// fails, a check that could not be made.
    ///
    /// @param longest how long in all
    /// @throws ClientException if none comes within that time, or none can come
    /// @throws ServerException if the server refuses, or still does not answer then
    /// @throws RefusedException if the enclave does not pass, or could still not be checked then
    public Made grantNext(Duration longest)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        return grantNext(longest, PAUSE);
    }

    Made grantNext(Duration longest, Duration pause)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Instant deadline = desk.seat().now().plus(longest);
        Optional<Approvable> found = patiently(() -> find(deadline), deadline, pause);
        while (found.isEmpty()) {
            Thread.sleep(pause);
            found = patiently(() -> find(deadline), deadline, pause);
        }
        Approvable checked = found.get();
        // The grant is in the key store after the first attempt: every further one sends the same.
        return new Made(checked, patiently(() -> grant(checked), deadline, pause));
    }

    private <T> T patiently(Attempt<T> attempt, Instant deadline, Duration pause)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        while (true) {
            try {
                return attempt.make();
            } catch (ServerException e) {
                if (Waiting.isRefusal(e) || !desk.seat().now().isBefore(deadline)) {
                    throw e;
                }
            } catch (RefusedException e) {
                if (e.kind() != Kind.COULD_NOT_CHECK || !desk.seat().now().isBefore(deadline)) {
                    throw e;
                }
            }
            Thread.sleep(pause);
        }
    }

    /// The next enclave, or nothing if it was gone before it could be checked.
    private Optional<Approvable> find(Instant deadline)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Seat seat = desk.seat();
        Said.Computation said =
                seat.await(
                        now -> now.state().equals("ended") || takesGrants(now),
                        Duration.between(seat.now(), deadline));
        if (said.state().equals("ended")) {
            throw new ClientException(
                    ClientException.Kind.STATE, "the computation has ended; no enclave will come");
        }
        try {
            return Optional.of(next().orThrow());
        } catch (ClientException e) {
            if (e.kind() == ClientException.Kind.STATE && !takesGrants(seat.said())) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private boolean takesGrants(Said.Computation said) throws ClientException {
        return said.enclave().isPresent() && isNew(said.enclave().get());
    }

    private boolean isNew(Sha256 enclave) throws ClientException {
        return desk.seat().grants().stream().noneMatch(one -> one.identity().equals(enclave));
    }

    /// Checks the enclave that takes grants now, and that nothing is otherwise than confirmed.
    ///
    /// @return what [#grant(Approvable)] takes
    /// @throws ClientException if there is no such enclave
    public Verdict<Approvable> next()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Verdict<Approvable> verdict = desk.prepare(further);
        return switch (verdict) {
            case Verdict.Accepted<Approvable>(var now) -> compare(now).verdict(now);
            case Verdict.Refused<Approvable> refused -> refused;
        };
    }

    /// The agreement names code and terms, and the checks before this one hold the code against it;
    /// runs, end and policy are those of the one request.
    private Findings compare(Approvable now) throws ClientException {
        var findings = new Findings();
        findings.requireEqual(
                Kind.NOT_ACCEPTABLE,
                "confirmed-agreement",
                "the agreement is another than the one that was confirmed",
                confirmed.agreement().digest(),
                now.agreement().digest());
        findings.requireEqual(
                Kind.NOT_ACCEPTABLE,
                "confirmed-inputs",
                "your inputs are others than were confirmed, or in another order",
                GrantRecord.digestOf(confirmed.inputs()),
                GrantRecord.digestOf(now.inputs()));
        findings.require(
                isNew(now.identity().digest()),
                Kind.NOT_ACCEPTABLE,
                "granted-already",
                "this client granted to this enclave before: it is no further one");
        findings.require(
                madeBefore().containsAll(now.earlier().stream().map(GrantRecord::grant).toList()),
                Kind.NOT_ACCEPTABLE,
                "granted-meanwhile",
                "this client granted in this computation by another approval since, so more runs"
                        + " could happen than were confirmed");
        return findings;
    }

    private Set<Sha256> madeBefore() {
        Set<Sha256> made = new HashSet<>(granted);
        confirmed.earlier().stream().map(GrantRecord::grant).forEach(made::add);
        return made;
    }

    /// Grants to an enclave that [#next] accepted.
    ///
    /// @throws IllegalStateException if it was confirmed for fewer
    public GrantRecord grant(Approvable checked)
            throws ClientException, ServerException, InterruptedException {
        if (left() == 0) {
            throw new IllegalStateException("confirmed for " + times + " enclave(s) only");
        }
        GrantRecord grant = desk.grant(checked);
        granted.add(grant.grant());
        return grant;
    }
}
