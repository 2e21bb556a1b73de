package io.cloister.cli;

import io.cloister.client.Finding;
import io.cloister.client.Uncompared;
import io.cloister.client.VerifiedReceipt;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.json.Json;

import java.util.List;
import java.util.Optional;

/// What `receipt verify` prints: what was verified, what was compared, and which lines are the
/// enclave's word only.
final class ReceiptReport {
    /// What an attested enclave says of its own doing; nobody else can know it.
    private static final List<String> WORD =
            List.of("outcome", "exception", "run.py line", "started", "input", "output");

    /// What it says of what was agreed; true only if it was compared.
    private static final List<String> AGREED =
            List.of("computation", "agreement", "code", "packages");

    private final Screen screen;
    private final String source;

    /// @param source where the agreement came from, for people
    ReceiptReport(Screen screen, String source) {
        this.screen = screen;
        this.source = source;
    }

    /// Who signed the agreement of a file.
    ///
    /// @param key fingerprint of the key
    /// @param known whether it is the one this person was invited under
    record Owner(Sha256 key, boolean known) {
        private Json json() {
            return Json.object().put("key", key.toString()).put("known", known).build();
        }
    }

    /// @param owner of the agreement, where it came in a file
    void show(
            List<ReceiptCommand.Compared> receipts,
            ReceiptCommand.Chain chain,
            Optional<Owner> owner) {
        receipts.forEach(this::show);
        if (chain.checked().equals("not-checked")) {
            screen.line(
                    "! Not checked: whether runs before it are hidden. Give the receipts of all"
                            + " runs before it too.");
        }
        if (!chain.gaps().isEmpty()) {
            screen.error("these receipts are not one enclave's without a gap");
            screen.findings(chain.gaps());
        }
        var all =
                Json.object().put("verified", chain.gaps().isEmpty()).put("chain", chain.checked());
        owner.ifPresent(one -> all.put("agreementOwner", one.json()));
        screen.json(
                all.put("receipts", receipts.stream().map(ReceiptReport::json).toList())
                        .put("findings", chain.gaps().stream().map(Finding::toJson).toList())
                        .build());
    }

    private void show(ReceiptCommand.Compared compared) {
        VerifiedReceipt receipt = compared.receipt();
        List<Uncompared> open = receipt.notCompared(compared.lock());
        screen.line("Verified here: the receipt is by this enclave.");
        EvidenceNote.show(screen, receipt.attestation().kind().word());
        screen.field("receipt", receipt.digest());
        screen.field("measurement", receipt.attestation().claims().measurementText());
        if (receipt.comparedWith().isPresent()) {
            screen.line(
                    "Compared here with the agreement of "
                            + source
                            + ": participants, code, the runtime's name and digest"
                            + (open.contains(Uncompared.MEASURED_PACKAGES)
                                    ? ""
                                    : ", as measured too")
                            + ", terms, accepted enclaves and isolation are that agreement's.");
        }
        screen.line(
                compared.lock()
                        ? "Compared here with the runtime's lock: its packages, versions and"
                                + " hashes."
                        : "! Not compared: the runtime's packages, as its lock is not in this"
                                + " installation.");
        if (open.contains(Uncompared.CODE_PACKAGES)) {
            screen.line("! Not compared: the packages that came with the code.");
        }
        if (open.contains(Uncompared.MEASURED_PACKAGES)) {
            screen.line(
                    "! Not compared: packages as measured. This hardware measures the image, whose"
                            + " word they are.");
        }
        if (receipt.comparedWith().isPresent()) {
            screen.line("The enclave's word: " + String.join(", ", WORD) + ".");
        } else {
            screen.line(
                    "! Not compared with any agreement. These lines are only this enclave's claims:"
                            + " "
                            + String.join(", ", AGREED)
                            + ", "
                            + String.join(", ", WORD)
                            + ".");
            screen.line("  Compare them with: --agreement FILE");
        }
        ReceiptCommand.describe(screen, receipt.receipt());
    }

    private static Json json(ReceiptCommand.Compared compared) {
        VerifiedReceipt receipt = compared.receipt();
        return Json.object()
                .put("digest", receipt.digest().toString())
                .put(EvidenceNote.MEMBER, receipt.attestation().kind().word())
                .put("attestation", receipt.attestation().toJson())
                .put("compared", receipt.comparedWith().isPresent())
                .putIfPresent("comparedWith", receipt.comparedWith())
                .put(
                        "notCompared",
                        receipt.notCompared(compared.lock()).stream()
                                .map(Uncompared::word)
                                .map(Json::of)
                                .toList())
                .put("receipt", Receipt.TYPE.write(receipt.receipt()))
                .build();
    }
}
