package io.cloister.agent;

import io.cloister.crypto.grant.Grant;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.dsse.Signed;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Takes grants and input lists, opened but not yet believed, and knows when a run may start
/// (spec/grant.md §4). No I/O.
///
/// A run number is handed out once, in ascending order, whatever arrives in whatever order and
/// however often. Safe for use by several threads.
final class GrantCollector {
    private final VerifiedAgreement agreement;
    private final Sha256 identity;
    private final EnclaveClock clock;
    private final Map<Email, Signed<Grant>> grants = new HashMap<>();
    private final Map<Long, Map<Email, Signed<InputList>>> inputs = new HashMap<>();
    private long runsStarted;

    /// @param identity digest of this enclave's identity
    GrantCollector(VerifiedAgreement agreement, Sha256 identity, EnclaveClock clock) {
        this.agreement = agreement;
        this.identity = identity;
        this.clock = clock;
    }

    /// A refusal on its way to where it becomes a value.
    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final RefusalCode code;

        RefusedException(RefusalCode code, String sentence) {
            super(sentence, null, false, false);
            this.code = code;
        }

        Verdict verdict() {
            return new Verdict.Refused(code, String.valueOf(getMessage()));
        }
    }

    private static void require(boolean holds, RefusalCode code, String sentence)
            throws RefusedException {
        if (!holds) {
            throw new RefusedException(code, sentence);
        }
    }

    /// Takes a grant. The first valid one of a signer wins; the same again changes nothing.
    synchronized Verdict grant(Envelope envelope) {
        try {
            Signed<Grant> grant =
                    verified(
                            envelope,
                            Grant.TYPE,
                            Grant::signer,
                            RefusalCode.GRANT_MALFORMED,
                            RefusalCode.GRANT_SIGNER,
                            RefusalCode.GRANT_SIGNATURE);
            Email signer = grant.document().signer();
            Signed<Grant> before = grants.get(signer);
            if (before != null) {
                require(
                        before.digest().equals(grant.digest()),
                        RefusalCode.SECOND_GRANT,
                        "this signer has given another grant to this enclave, and the first one"
                                + " holds");
                return new Verdict.Accepted(before.document().notAfter());
            }
            check(grant.document());
            Optional<Signed<InputList>> list = embedded(grant.document());
            grants.put(signer, grant);
            list.ifPresent(this::keep);
            clock.observe(grant.document().issuedAt());
            return new Verdict.Accepted(grant.document().notAfter());
        } catch (RefusedException e) {
            return e.verdict();
        }
    }

    private void check(Grant grant) throws RefusedException {
        require(
                grant.agreement().equals(agreement.digest()),
                RefusalCode.GRANT_AGREEMENT,
                "the grant is for another agreement");
        require(
                grant.identity().equals(identity),
                RefusalCode.GRANT_IDENTITY,
                "the grant is for another enclave");
        Terms terms = agreement.terms();
        require(
                grant.runs() <= terms.runs() && !grant.notAfter().isAfter(terms.notAfter()),
                RefusalCode.GRANT_TERMS,
                "a grant may lower the agreed runs and bring the agreed expiry forward, nothing"
                        + " else");
        require(
                !grant.issuedAt().isAfter(grant.notAfter())
                        && !clock.now().isAfter(grant.notAfter()),
                RefusalCode.GRANT_EXPIRED,
                "the grant has expired");
        boolean brings =
                has(grant.signer(), Role.CODE_PROVIDER) || has(grant.signer(), Role.DATA_PROVIDER);
        require(
                grant.decryptionKey().isPresent() == brings,
                RefusalCode.GRANT_KEY,
                "a provider's grant carries a decryption key, nobody else's does");
    }

    private Optional<Signed<InputList>> embedded(Grant grant) throws RefusedException {
        require(
                grant.inputs().isPresent() == has(grant.signer(), Role.DATA_PROVIDER),
                RefusalCode.GRANT_INPUTS,
                "a Data Provider's grant carries its input list, nobody else's does");
        if (grant.inputs().isEmpty()) {
            return Optional.empty();
        }
        try {
            Signed<InputList> list = verifiedList(grant.inputs().get());
            require(
                    list.document().signer().equals(grant.signer()) && list.document().run() == 1,
                    RefusalCode.GRANT_INPUTS,
                    "the input list in a grant is its signer's, for run 1");
            requireNameable(list.document());
            return Optional.of(list);
        } catch (RefusedException e) {
            throw new RefusedException(RefusalCode.GRANT_INPUTS, String.valueOf(e.getMessage()));
        }
    }

    /// Takes an input list for a run after the first.
    synchronized Verdict inputs(Envelope envelope) {
        try {
            Signed<InputList> list = verifiedList(envelope);
            Email signer = list.document().signer();
            Signed<Grant> grant = grants.get(signer);
            if (grant == null || !has(signer, Role.DATA_PROVIDER)) {
                throw new RefusedException(
                        RefusalCode.INPUTS_SIGNER,
                        "input lists are taken from Data Providers that have granted");
            }
            long run = list.document().run();
            Signed<InputList> before = lists(run).get(signer);
            if (before != null) {
                require(
                        before.digest().equals(list.digest()),
                        RefusalCode.INPUTS_EXIST,
                        "this signer has given other inputs for this run, and the first ones hold");
                return new Verdict.Accepted(grant.document().notAfter());
            }
            require(
                    agreement.terms().dataMayChange(),
                    RefusalCode.INPUTS_CLOSED,
                    "the terms do not let providers change data");
            require(
                    run > 1
                            && run > runsStarted
                            && run <= grantedRuns()
                            && run - runsStarted <= InputList.MOST_RUNS_AHEAD,
                    RefusalCode.INPUTS_RUN,
                    "input lists are taken for the next "
                            + InputList.MOST_RUNS_AHEAD
                            + " runs after the first that were granted and have not started");
            requireNameable(list.document());
            keep(list);
            return new Verdict.Accepted(grant.document().notAfter());
        } catch (RefusedException e) {
            return e.verdict();
        }
    }

    private Signed<InputList> verifiedList(Envelope envelope) throws RefusedException {
        Signed<InputList> list =
                verified(
                        envelope,
                        InputList.TYPE,
                        InputList::signer,
                        RefusalCode.INPUTS_MALFORMED,
                        RefusalCode.INPUTS_SIGNER,
                        RefusalCode.INPUTS_SIGNATURE);
        require(
                list.document().agreement().equals(agreement.digest()),
                RefusalCode.INPUTS_AGREEMENT,
                "the input list is for another agreement");
        require(
                list.document().identity().equals(identity),
                RefusalCode.INPUTS_IDENTITY,
                "the input list is for another enclave");
        return list;
    }

    private <T> Signed<T> verified(
            Envelope envelope,
            DocumentType<T> type,
            Function<T, Email> signer,
            RefusalCode malformed,
            RefusalCode stranger,
            RefusalCode forged)
            throws RefusedException {
        try {
            Email claimed = signer.apply(Signed.readUnverified(envelope, type));
            require(
                    agreement.roster().people().contains(claimed),
                    stranger,
                    "its signer does not take part");
            return Signed.verify(envelope, type, agreement.card(claimed).signingKey());
        } catch (MalformedException _) {
            // The message may quote the document, and everyone would read it.
            throw new RefusedException(malformed, "it is not such a document in its one form");
        } catch (NotAuthenticException _) {
            throw new RefusedException(
                    forged, "it is not signed with the key of its signer's card");
        }
    }

    private boolean has(Email person, Role role) {
        return agreement.roster().has(person, role);
    }

    private Map<Email, Signed<InputList>> lists(long run) {
        return inputs.getOrDefault(run, Map.of());
    }

    private void keep(Signed<InputList> list) {
        inputs.computeIfAbsent(list.document().run(), _ -> new HashMap<>())
                .put(list.document().signer(), list);
    }

    /// Refuses inputs that no receipt could name, before anything is opened for them.
    private void requireNameable(InputList list) throws RefusedException {
        int files = list.files().size();
        for (Signed<InputList> other : lists(list.run()).values()) {
            files += other.document().files().size();
        }
        require(
                files <= Receipt.MAX_INPUTS,
                RefusalCode.INPUTS_TOO_MANY,
                "all inputs of a run together are more than a receipt names");
    }

    /// The next run, once everyone's grant and every Data Provider's input list for exactly it are
    /// there, granted runs are left and nothing has expired.
    synchronized Optional<RunPlan> ready() {
        List<Email> people = agreement.roster().people();
        List<Email> providers = agreement.roster().dataProviders();
        long run = runsStarted + 1;
        if (!grants.keySet().containsAll(people)
                || !lists(run).keySet().containsAll(providers)
                || run > grantedRuns()
                || clock.now().isAfter(notAfter())) {
            return Optional.empty();
        }
        return Optional.of(
                new RunPlan(
                        run,
                        signedBy(people, grants),
                        signedBy(providers, lists(run)),
                        unsealing(agreement.roster().codeProvider()),
                        plannedInputs(providers, lists(run)),
                        new OutputSealing.Age(agreement),
                        effectiveTerms()));
    }

    private static <T> List<Receipt.SignedBy> signedBy(
            List<Email> people, Map<Email, Signed<T>> from) {
        List<Receipt.SignedBy> all = new ArrayList<>();
        for (Email person : people) {
            Signed<T> one = from.get(person);
            if (one != null) {
                all.add(new Receipt.SignedBy(person, one.digest()));
            }
        }
        return all;
    }

    private Unsealing.Age unsealing(Email provider) {
        Signed<Grant> grant = grants.get(provider);
        if (grant == null) {
            throw new IllegalStateException("a run needs everyone's grant");
        }
        return new Unsealing.Age(grant.document().decryptionKey().orElseThrow());
    }

    private List<PlannedInput> plannedInputs(
            List<Email> providers, Map<Email, Signed<InputList>> lists) {
        List<PlannedInput> all = new ArrayList<>();
        for (int i = 0; i < providers.size(); i++) {
            Email provider = providers.get(i);
            Signed<InputList> list = lists.get(provider);
            if (list == null) {
                throw new IllegalStateException("a run needs every Data Provider's list");
            }
            for (InputList.InputFile file : list.document().files()) {
                all.add(
                        new PlannedInput(
                                provider,
                                i,
                                file.name(),
                                file.ciphertext(),
                                file.ciphertextBytes(),
                                unsealing(provider)));
            }
        }
        return all;
    }

    /// Counts `plan`'s run: user code is about to start. Checks once more what may have changed
    /// while inputs were opened.
    ///
    /// @return whether it may start; if not, nothing was counted
    synchronized boolean start(RunPlan plan) {
        if (plan.run() != runsStarted + 1 || clock.now().isAfter(notAfter())) {
            return false;
        }
        runsStarted = plan.run();
        inputs.remove(plan.run() - 1);
        return true;
    }

    /// Whether nothing can run here any more, and why.
    synchronized Optional<AgentStop> over() {
        if (runsStarted >= grantedRuns()) {
            return Optional.of(
                    new AgentStop(
                            AgentStop.Reason.EXHAUSTED, "every run that was granted is done"));
        }
        if (clock.now().isAfter(notAfter())) {
            return Optional.of(
                    new AgentStop(
                            AgentStop.Reason.EXPIRED, "the agreement or a grant has expired"));
        }
        return Optional.empty();
    }

    /// The instant after which no run starts.
    synchronized Instant notAfter() {
        Instant earliest = agreement.terms().notAfter();
        for (Signed<Grant> grant : grants.values()) {
            if (grant.document().notAfter().isBefore(earliest)) {
                earliest = grant.document().notAfter();
            }
        }
        return earliest;
    }

    private long grantedRuns() {
        long lowest = agreement.terms().runs();
        for (Signed<Grant> grant : grants.values()) {
            lowest = Math.min(lowest, grant.document().runs());
        }
        return lowest;
    }

    private Terms effectiveTerms() {
        Terms terms = agreement.terms();
        return terms.toBuilder().runs(grantedRuns()).notAfter(notAfter()).build();
    }
}
