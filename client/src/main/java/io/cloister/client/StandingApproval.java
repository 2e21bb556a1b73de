package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.Sha256;

import java.util.HashSet;
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
    private final ApprovalDesk desk;
    private final Approvable confirmed;
    private final ApprovalDesk.Request further;
    private final int times;
    private final Set<Sha256> granted = new HashSet<>();

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
    private Findings compare(Approvable now) {
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
