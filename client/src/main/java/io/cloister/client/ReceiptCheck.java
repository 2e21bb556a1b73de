package io.cloister.client;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.Expectation;
import io.cloister.attestation.appraisal.Narrowing;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.client.Finding.Kind;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Checks receipts without any server (spec/documents.md §9).
public final class ReceiptCheck {
    private ReceiptCheck() {}

    /// A receipt signed by the key of the identity inside; what vouches for that identity is not
    /// checked.
    ///
    /// @param signed the receipt
    /// @param identity the enclave it names
    record SelfConsistent(Signed<Receipt> signed, EnclaveIdentity identity) {}

    /// Checks a receipt with the Evidence it carries, and nothing else: what it says of agreement,
    /// code, inputs and terms stays that enclave's claim. [#verifyAgainst] compares it.
    ///
    /// @param policy the checking person's own
    /// @param at the instant to appraise for; nothing means when the run started, by the enclave's
    ///   clock
    public static Verdict<VerifiedReceipt> verify(
            Envelope envelope, AppraisalPolicy policy, Optional<Instant> at) {
        return verify(envelope, policy, at, Endorsements.none());
    }

    /// As above, with Endorsements that the receipt does not carry.
    ///
    /// @param more taken together with those it does
    public static Verdict<VerifiedReceipt> verify(
            Envelope envelope, AppraisalPolicy policy, Optional<Instant> at, Endorsements more) {
        var findings = new Findings();
        Optional<VerifiedReceipt> verified =
                consistent(envelope, findings)
                        .flatMap(it ->
                                attested(
                                        it,
                                        new Narrowing.None(),
                                        policy,
                                        at,
                                        more,
                                        Optional.empty(),
                                        findings));
        return verified.isEmpty() ? findings.refused() : findings.verdict(verified.get());
    }

    /// Checks a receipt with the Evidence it carries, and compares both with an agreement: its
    /// participants, code, packages and terms; and the enclave as approving does, by the
    /// agreement's measurements, its least isolation and the packages that were measured.
    ///
    /// @param policy the checking person's own
    /// @param at as in the other
    /// @param agreement what the receipt must be under; that it is the right one is for the caller
    public static Verdict<VerifiedReceipt> verifyAgainst(
            Envelope envelope,
            AppraisalPolicy policy,
            Optional<Instant> at,
            VerifiedAgreement agreement) {
        return verifyAgainst(envelope, policy, at, agreement, Endorsements.none());
    }

    /// As above, with Endorsements that the receipt does not carry.
    ///
    /// @param more taken together with those it does
    public static Verdict<VerifiedReceipt> verifyAgainst(
            Envelope envelope,
            AppraisalPolicy policy,
            Optional<Instant> at,
            VerifiedAgreement agreement,
            Endorsements more) {
        var findings = new Findings();
        Optional<SelfConsistent> consistent = consistent(envelope, findings);
        consistent.ifPresent(it -> {
            EnclaveCheck.checkServes(it.identity(), agreement, findings);
            findings.addAll(compare(it.signed().document(), agreement));
        });
        Optional<VerifiedReceipt> verified =
                consistent.flatMap(it ->
                        attested(
                                it,
                                Narrowing.ofProposal(agreement.proposal().measurements()),
                                policy,
                                at,
                                more,
                                Optional.of(agreement.digest()),
                                findings));
        verified.ifPresent(it -> EnclaveCheck.checkRuntime(it.attestation(), agreement, findings));
        return verified.isEmpty() ? findings.refused() : findings.verdict(verified.get());
    }

    private static Optional<VerifiedReceipt> attested(
            SelfConsistent consistent,
            Narrowing narrowing,
            AppraisalPolicy policy,
            Optional<Instant> at,
            Endorsements more,
            Optional<Sha256> comparedWith,
            Findings findings) {
        Receipt receipt = consistent.signed().document();
        var expectation = Expectation.of(consistent.identity(), narrowing);
        return bundle(receipt, more, findings)
                .filter(bundle -> hasInstant(bundle, at, findings))
                .flatMap(bundle ->
                        EnclaveCheck.attest(
                                bundle,
                                expectation,
                                policy,
                                at.orElse(receipt.report().startedAt()),
                                findings))
                .map(attestation ->
                        new VerifiedReceipt(
                                consistent.signed(),
                                consistent.identity(),
                                attestation,
                                comparedWith));
    }

    /// The start that a receipt states is its signer's word. Whoever holds the key of a platform
    /// that was revoked later would choose a day before that.
    private static boolean hasInstant(
            EvidenceBundle bundle, Optional<Instant> at, Findings findings) {
        boolean has = at.isPresent() || !bundle.evidence().kind().isHardware();
        if (!has) {
            findings.add(
                    Kind.COULD_NOT_CHECK,
                    "instant",
                    "the receipt's Evidence is of hardware, and only the enclave says when the run"
                            + " started: name the instant to verify for (--at)");
        }
        return has;
    }

    private static Optional<EvidenceBundle> bundle(
            Receipt receipt, Endorsements more, Findings findings) {
        return findings.reading(
                "evidence",
                () -> {
                    try {
                        EvidenceBundle read =
                                EvidenceBundle.read(receipt.evidence(), "receipt.evidence");
                        return new EvidenceBundle(
                                read.evidence(),
                                read.endorsements().with(more, "receipt.evidence.endorsements"));
                    } catch (UnknownKindException e) {
                        throw new MalformedException(
                                "receipt.evidence.kind", "a kind this client knows", e.kind());
                    }
                });
    }

    /// Checks the receipt's signature; reading it checks that it speaks of the identity inside.
    static Optional<SelfConsistent> consistent(Envelope envelope, Findings findings) {
        Optional<SelfConsistent> read =
                findings.reading(
                        "receipt",
                        () -> {
                            Receipt unverified = Signed.readUnverified(envelope, Receipt.TYPE);
                            EnclaveIdentity identity = EnclaveIdentity.parse(unverified.identity());
                            return new SelfConsistent(
                                    Signed.verify(envelope, Receipt.TYPE, identity.signingKey()),
                                    identity);
                        });
        return read;
    }

    /// Whether a receipt fits the agreement it names: the agreement's code and packages, everyone's
    /// grants, every Data Provider's inputs, results for its consumers only, terms no wider.
    public static List<Finding> compare(Receipt receipt, VerifiedAgreement agreement) {
        var findings = new Findings();
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "receipt-agreement",
                "the receipt is for another agreement",
                agreement.digest(),
                receipt.agreement());
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "receipt-code",
                "the receipt names other code than the agreement",
                agreement.code().bundle(),
                receipt.bundle());
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "receipt-runtime",
                "the receipt names other Python packages than the agreement",
                agreement.proposal().runtime(),
                receipt.runtime());
        findings.require(
                agreement.code().lock().isPresent()
                        || receipt.packages().packages().stream()
                                .allMatch(one -> one.origin() == BillOfMaterials.Origin.RUNTIME),
                Kind.NOT_AUTHENTIC,
                "receipt-packages",
                "the receipt names packages that came with the code, and the agreed code has none");
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "receipt-grants",
                "the receipt does not name everyone's grant once",
                sorted(agreement.roster().people().stream()),
                sorted(receipt.grants().stream().map(Receipt.SignedBy::signer)));
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "receipt-input-lists",
                "the receipt does not name every data provider's input list once",
                sorted(agreement.roster().dataProviders().stream()),
                sorted(receipt.inputLists().stream().map(Receipt.SignedBy::signer)));
        findings.require(
                receipt.inputs().stream()
                        .allMatch(input ->
                                agreement.roster().has(input.provider(), Role.DATA_PROVIDER)),
                Kind.NOT_AUTHENTIC,
                "receipt-inputs",
                "the receipt names inputs of someone who is no data provider");
        checkReaders(receipt, agreement, findings);
        checkTerms(receipt, agreement, findings);
        findings.require(
                !receipt.report().startedAt().isAfter(receipt.terms().notAfter()),
                Kind.NOT_AUTHENTIC,
                "receipt-expired",
                "the run started at "
                        + receipt.report().startedAt()
                        + ", after its terms ended at "
                        + receipt.terms().notAfter());
        return findings.all();
    }

    /// Whether the packages that a receipt says are the runtime's are those of its lock: each
    /// locked package once, in its version, from a wheel whose hash the lock has.
    ///
    /// @param lock of the runtime that the receipt names
    public static Verdict<Receipt> comparePackages(Receipt receipt, RuntimeLock lock) {
        var findings = new Findings();
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "receipt-runtime",
                "this is not the lock of the runtime that the receipt names",
                lock.digest(),
                receipt.runtime().digest());
        List<BillOfMaterials.Component> own =
                receipt.packages().packages().stream()
                        .filter(one -> one.origin() == BillOfMaterials.Origin.RUNTIME)
                        .toList();
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "receipt-packages",
                "the receipt names other packages of the runtime than its lock",
                sorted(lock.packages().keySet().stream()),
                sorted(own.stream().map(BillOfMaterials.Component::name)));
        for (BillOfMaterials.Component one : own) {
            var locked = Optional.ofNullable(lock.packages().get(one.name()));
            findings.require(
                    locked.isPresent()
                            && locked.get().version().equals(one.version())
                            && locked.get().hashes().contains(one.wheel()),
                    Kind.NOT_AUTHENTIC,
                    "receipt-packages",
                    "the runtime's lock has no wheel " + one.purl() + " " + one.wheel());
        }
        return findings.verdict(receipt);
    }

    private static List<String> sorted(Stream<?> texts) {
        return texts.map(Object::toString).sorted().toList();
    }

    private static void checkReaders(
            Receipt receipt, VerifiedAgreement agreement, Findings findings) {
        findings.require(
                receipt.outputs().stream()
                        .allMatch(output ->
                                switch (output.kind()) {
                                    case RESULT ->
                                            agreement
                                                    .roster()
                                                    .has(output.reader(), Role.RESULT_CONSUMER);
                                    case OUTPUT ->
                                            agreement
                                                    .terms()
                                                    .outputReaders()
                                                    .contains(output.reader());
                                    case TRACEBACK ->
                                            agreement
                                                    .terms()
                                                    .tracebackReaders()
                                                    .contains(output.reader());
                                    case INDEX ->
                                            agreement.roster().people().contains(output.reader());
                                }),
                Kind.NOT_AUTHENTIC,
                "receipt-readers",
                "the receipt names an output for someone the agreement does not let read it");
    }

    private static void checkTerms(
            Receipt receipt, VerifiedAgreement agreement, Findings findings) {
        boolean narrower =
                receipt.terms().runs() <= agreement.terms().runs()
                        && !receipt.terms().notAfter().isAfter(agreement.terms().notAfter())
                        && receipt.run() <= receipt.terms().runs();
        boolean otherwiseEqual = others(receipt.terms()).equals(others(agreement.terms()));
        findings.require(
                narrower && otherwiseEqual,
                Kind.NOT_AUTHENTIC,
                "receipt-terms",
                "the receipt's terms go beyond the agreement's");
    }

    /// The terms but those that a grant may narrow.
    private static Map<String, Json> others(Terms terms) {
        if (!(terms.toJson() instanceof Json.Obj(var members))) {
            throw new CloisterBugException("terms are written as an object");
        }
        Map<String, Json> others = new HashMap<>(members);
        others.keySet().removeAll(Set.of("runs", "notAfter"));
        return others;
    }

    /// Whether receipts are all of one enclave's from its first run to the last of them: a hidden
    /// run shows here. That none came after is more than receipts can show.
    ///
    /// @param receipts run 1 first
    public static List<Finding> chain(List<VerifiedReceipt> receipts) {
        var findings = new Findings();
        VerifiedReceipt first = receipts.getFirst();
        findings.require(
                first.receipt().run() == 1 && first.receipt().previous().isEmpty(),
                Kind.NOT_AUTHENTIC,
                "receipt-chain",
                "the receipt of run "
                        + first.receipt().run()
                        + " is not an enclave's first: receipts of runs before it are missing");
        checkLinks(receipts, findings);
        return findings.all();
    }

    /// As [#chain], from the run after one whose receipt was verified before.
    ///
    /// @param previous digest of that receipt
    public static List<Finding> chainAfter(Sha256 previous, List<VerifiedReceipt> receipts) {
        var findings = new Findings();
        VerifiedReceipt first = receipts.getFirst();
        findings.require(
                first.receipt().previous().equals(Optional.of(previous)),
                Kind.NOT_AUTHENTIC,
                "receipt-chain",
                "the receipt of run "
                        + first.receipt().run()
                        + " does not name the receipt before it that was verified, "
                        + previous);
        checkLinks(receipts, findings);
        return findings.all();
    }

    private static void checkLinks(List<VerifiedReceipt> receipts, Findings findings) {
        for (int i = 1; i < receipts.size(); i++) {
            VerifiedReceipt before = receipts.get(i - 1);
            VerifiedReceipt next = receipts.get(i);
            findings.require(
                    next.receipt().previous().equals(Optional.of(before.digest()))
                            && next.identity().digest().equals(before.identity().digest())
                            && next.receipt().run() == before.receipt().run() + 1,
                    Kind.NOT_AUTHENTIC,
                    "receipt-chain",
                    "receipt "
                            + (i + 1)
                            + " does not follow receipt "
                            + i
                            + ": a run of this enclave is missing between them");
        }
    }
}
