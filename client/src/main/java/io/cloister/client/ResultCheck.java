package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.util.List;
import java.util.Optional;

/// Whether a result may be accepted (spec/documents.md §9): its receipt is by the key of an
/// identity this client granted to, for that agreement and this person, a success, and for a run
/// not accepted before.
final class ResultCheck {
    private ResultCheck() {}

    /// Makes all checks of a result.
    ///
    /// @param asked identity and run that were asked for
    /// @param repeated whether the person means a run they accepted before, with the very same
    ///   receipt
    static Verdict<Signed<Receipt>> check(
            Envelope envelope,
            Asked asked,
            Membership membership,
            VerifiedAgreement agreement,
            boolean repeated) {
        var findings = new Findings();
        Optional<Signed<Receipt>> signed =
                grantedRun(envelope, asked, membership, agreement, findings);
        if (signed.isEmpty()) {
            return findings.refused();
        }
        findings.requireEqual(
                Kind.NOT_ACCEPTABLE,
                "result-outcome",
                "the run did not succeed",
                Outcome.SUCCESS,
                signed.get().document().report().outcome());
        checkFirst(signed.get(), membership, repeated, findings);
        return findings.verdict(signed.get());
    }

    /// Makes all checks but those that make it a result: for what a run printed, however it ended.
    static Verdict<Signed<Receipt>> checkPrinted(
            Envelope envelope, Asked asked, Membership membership, VerifiedAgreement agreement) {
        var findings = new Findings();
        Optional<Signed<Receipt>> signed =
                grantedRun(envelope, asked, membership, agreement, findings);
        return signed.isEmpty() ? findings.refused() : findings.verdict(signed.get());
    }

    private static Optional<Signed<Receipt>> grantedRun(
            Envelope envelope,
            Asked asked,
            Membership membership,
            VerifiedAgreement agreement,
            Findings findings) {
        Optional<Signed<Receipt>> signed =
                ReceiptCheck.consistent(envelope, findings)
                        .map(ReceiptCheck.SelfConsistent::signed);
        signed.ifPresent(it -> {
            Receipt receipt = it.document();
            checkGrant(receipt, membership, agreement, findings);
            findings.addAll(ReceiptCheck.compare(receipt, agreement));
            findings.requireEqual(
                    Kind.NOT_AUTHENTIC,
                    "result-run",
                    "the server shows the receipt of another run than the one asked for",
                    asked,
                    new Asked(receipt.identityDigest(), receipt.run()));
            findings.require(
                    receipt.outputs().stream()
                            .anyMatch(output -> output.reader().equals(membership.email())),
                    Kind.NOT_ACCEPTABLE,
                    "result-reader",
                    "the receipt names no output for " + membership.email());
        });
        return signed;
    }

    /// A run of an enclave.
    ///
    /// @param identity digest of the enclave's identity
    /// @param run its number there
    record Asked(Sha256 identity, long run) {
        @Override
        public String toString() {
            return "run " + run + " of enclave " + identity;
        }
    }

    private static void checkGrant(
            Receipt receipt,
            Membership membership,
            VerifiedAgreement agreement,
            Findings findings) {
        Optional<GrantRecord> granted = membership.history().grantTo(receipt.identityDigest());
        if (granted.isEmpty()) {
            findings.add(
                    Kind.NOT_AUTHENTIC,
                    "result-enclave",
                    "the receipt is by an enclave this client never granted to: "
                            + receipt.identityDigest());
            return;
        }
        GrantRecord grant = granted.get();
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "result-identity",
                "the receipt's enclave is not the one this client granted to",
                grant.identityBytes(),
                receipt.identity());
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "result-agreement",
                "the receipt is for another agreement than the one this client granted under",
                grant.agreement(),
                receipt.agreement());
        findings.require(
                named(receipt.grants(), membership.email(), grant.grant()),
                Kind.NOT_AUTHENTIC,
                "result-grant",
                "the receipt does not name the grant this client made");
        findings.require(
                receipt.run() <= grant.runs() && receipt.terms().runs() <= grant.runs(),
                Kind.NOT_AUTHENTIC,
                "result-beyond-grant",
                "the run is beyond the " + grant.runs() + " this client granted");
        findings.require(
                !receipt.terms().notAfter().isAfter(grant.notAfter()),
                Kind.NOT_AUTHENTIC,
                "result-expiry",
                "the receipt's expiry is later than this client granted");
        // The enclave's clock never runs behind the grants it was given (spec/grant.md §4).
        findings.require(
                !receipt.report().startedAt().isBefore(grant.issuedAt()),
                Kind.NOT_AUTHENTIC,
                "result-before-grant",
                "the run started before this client granted it, by the enclave's clock: "
                        + receipt.report().startedAt()
                        + " is before "
                        + grant.issuedAt());
        Optional<Sha256> own = ownInputs(receipt, membership, grant);
        findings.require(
                agreement.roster().has(membership.email(), Role.DATA_PROVIDER)
                        ? own.filter(list -> named(receipt.inputLists(), membership.email(), list))
                                .isPresent()
                        : own.isEmpty(),
                Kind.NOT_AUTHENTIC,
                "result-inputs",
                "the receipt does not name the input list this client made for the run");
    }

    private static Optional<Sha256> ownInputs(
            Receipt receipt, Membership membership, GrantRecord grant) {
        return receipt.run() == 1
                ? grant.inputList()
                : membership.history().submitted().stream()
                        .filter(list ->
                                list.identity().equals(grant.identity())
                                        && list.run() == receipt.run())
                        .map(SubmittedInputs::list)
                        .findFirst();
    }

    private static boolean named(List<Receipt.SignedBy> documents, Email signer, Sha256 digest) {
        return documents.stream()
                .anyMatch(one -> one.signer().equals(signer) && one.digest().equals(digest));
    }

    private static void checkFirst(
            Signed<Receipt> signed, Membership membership, boolean repeated, Findings findings) {
        Receipt receipt = signed.document();
        Optional<AcceptedRun> before =
                membership.history().accepted().stream()
                        .filter(one ->
                                one.identity().equals(receipt.identityDigest())
                                        && one.run() == receipt.run())
                        .findFirst();
        if (before.isEmpty()) {
            return;
        }
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "result-other-receipt",
                "another receipt of this run was accepted before",
                before.get().receipt(),
                signed.digest());
        findings.require(
                repeated,
                Kind.NOT_ACCEPTABLE,
                "result-accepted-before",
                "the result of run "
                        + receipt.run()
                        + " was accepted before; say --again to fetch it once more");
    }
}
