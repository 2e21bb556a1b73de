package io.cloister.agent;

import io.cloister.crypto.EnvelopeSigner;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes and signs this enclave's receipts, each naming the one before. Used by one thread.
final class ReceiptMaker {
    private final Enclave enclave;
    private final BillOfMaterials packages;
    private Optional<Sha256> previous = Optional.empty();

    /// @param packages what every run of this enclave has
    ReceiptMaker(Enclave enclave, BillOfMaterials packages) {
        this.enclave = enclave;
        this.packages = packages;
    }

    /// The signed receipt of one run. From here on it counts as this enclave's previous one,
    /// whether or not it gets out, so that a receipt the control plane hides shows in the next.
    Envelope sign(RunPlan plan, List<StagedOutput> outputs, Receipt.Report report) {
        var receipt =
                new Receipt(
                        enclave.agreement().computation(),
                        enclave.agreement().digest(),
                        enclave.identity().canonical(),
                        enclave.evidence().toJson(),
                        plan.run(),
                        signedBy(plan.grants()),
                        signedBy(plan.inputs()),
                        enclave.agreement().code().bundle(),
                        enclave.identity().runtime(),
                        packages,
                        inputs(plan),
                        outputs.stream().map(StagedOutput::named).toList(),
                        plan.terms(),
                        report,
                        previous);
        Envelope envelope = EnvelopeSigner.sign(enclave.signing(), Receipt.TYPE, receipt);
        previous = Optional.of(envelope.digest());
        return envelope;
    }

    private static <T> List<Receipt.SignedBy> signedBy(Map<Email, Signed<T>> documents) {
        List<Receipt.SignedBy> all = new ArrayList<>();
        documents.forEach(
                (signer, document) -> all.add(new Receipt.SignedBy(signer, document.digest())));
        return all;
    }

    private static List<Receipt.Input> inputs(RunPlan plan) {
        List<Receipt.Input> all = new ArrayList<>();
        plan.inputs()
                .forEach((provider, list) -> {
                    long position = 0;
                    for (InputList.InputFile file : list.document().files()) {
                        all.add(new Receipt.Input(provider, position++, file.ciphertext()));
                    }
                });
        return all;
    }
}
