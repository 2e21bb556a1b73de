package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The receipts of one enclave this client granted to, from its first run on without a gap, as far
/// as this client has verified them; kept in the key store. Each receipt names the one before
/// (spec/documents.md §9), so a run that was hidden, exchanged or told in two ways does not fit.
///
/// What it can't show is that runs after the last one are hidden.
///
/// @param identity digest of the enclave's identity
/// @param steps run 1 first
record Trail(Sha256 identity, List<Step> steps) {
    private static final String TYPE = "application/vnd.cloister.receipts-seen.v1+json";

    /// Most runs of one enclave that are followed: what fits into one record.
    private static final int MAX = 100_000;

    Trail {
        steps = List.copyOf(steps);
    }

    /// A run whose receipt was verified.
    ///
    /// @param receipt its digest
    /// @param outcome how the run ended
    /// @param told whether this person was told that it failed
    record Step(Sha256 receipt, Outcome outcome, boolean told) {
        static Step read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var step =
                    new Step(
                            fields.sha256("receipt"),
                            fields.text("outcome", Outcome::parse),
                            fields.bool("told"));
            fields.end();
            return step;
        }

        Json toJson() {
            return Json.object()
                    .put("receipt", receipt.toString())
                    .put("outcome", outcome.word())
                    .put("told", told)
                    .build();
        }
    }

    static Trail begin(Sha256 identity) {
        return new Trail(identity, List.of());
    }

    /// How many runs it has.
    long length() {
        return steps.size();
    }

    /// Run `run`, if it has it.
    Optional<Step> step(long run) {
        return run >= 1 && run <= steps.size()
                ? Optional.of(steps.get((int) run - 1))
                : Optional.empty();
    }

    /// With the receipt of the next run, if that is what `envelope` is: signed by the enclave this
    /// client granted to, with the next number, and naming the receipt before.
    Verdict<Trail> with(Envelope envelope, GrantRecord grant) {
        var findings = new Findings();
        Optional<Signed<Receipt>> signed =
                ReceiptCheck.consistent(envelope, findings)
                        .map(ReceiptCheck.SelfConsistent::signed);
        if (signed.isEmpty()) {
            return findings.refused();
        }
        Receipt receipt = signed.get().document();
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "result-identity",
                "the receipt's enclave is not the one this client granted to",
                grant.identityBytes(),
                receipt.identity());
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "receipt-run",
                "the server shows the receipt of another run than the one asked for",
                length() + 1,
                receipt.run());
        findings.require(
                receipt.previous().equals(step(length()).map(Step::receipt)),
                Kind.NOT_AUTHENTIC,
                "receipt-chain",
                "the receipt of run "
                        + receipt.run()
                        + " does not name the one before it: a run of this enclave is hidden, or"
                        + " told in two ways");
        findings.require(
                steps.size() < MAX,
                Kind.COULD_NOT_CHECK,
                "receipt-chain-length",
                "this client follows at most " + MAX + " runs of one enclave");
        List<Step> longer = new ArrayList<>(steps);
        longer.add(new Step(signed.get().digest(), receipt.report().outcome(), false));
        return findings.verdict(new Trail(identity, longer));
    }

    /// With a note that this person was told how run `run` ended.
    Trail told(long run) {
        List<Step> noted = new ArrayList<>(steps);
        Step step = noted.get((int) run - 1);
        noted.set((int) run - 1, new Step(step.receipt, step.outcome, true));
        return new Trail(identity, noted);
    }

    /// The longer one of two trails of one enclave, which both have been told whatever either was.
    ///
    /// @throws RefusedException if one is not the beginning of the other
    Trail joined(Trail other) throws RefusedException {
        Trail longer = length() >= other.length() ? this : other;
        Trail shorter = length() >= other.length() ? other : this;
        List<Step> steps = new ArrayList<>(longer.steps);
        for (int i = 0; i < shorter.steps.size(); i++) {
            Step one = steps.get(i);
            Step two = shorter.steps.get(i);
            if (!one.receipt.equals(two.receipt)) {
                throw RefusedException.of(
                        Kind.NOT_AUTHENTIC,
                        "result-other-receipt",
                        "another receipt of run " + (i + 1) + " was verified before");
            }
            steps.set(i, new Step(one.receipt, one.outcome, one.told || two.told));
        }
        return new Trail(identity, steps);
    }

    static String recordName(Sha256 identity) {
        return "receipts-" + identity.hex();
    }

    static Trail read(Json json) throws ClientException {
        try {
            Fields fields = Fields.of(json, "receipts");
            fields.constant("type", TYPE);
            var trail = new Trail(fields.sha256("identity"), fields.list("steps", MAX, Step::read));
            fields.end();
            return trail;
        } catch (MalformedException e) {
            throw ClientException.local("the key store is damaged", e);
        }
    }

    Json toJson() {
        return Json.object()
                .put("type", TYPE)
                .put("identity", identity.toString())
                .put("steps", steps.stream().map(Step::toJson).toList())
                .build();
    }
}
