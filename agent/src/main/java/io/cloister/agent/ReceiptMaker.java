package io.cloister.agent;

import io.cloister.crypto.EnvelopeSigner;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Envelope;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

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
                        plan.grants(),
                        plan.inputLists(),
                        enclave.agreement().codeDigests().bundle(),
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

    /// By provider, each one's in the order in which the code saw them.
    private static List<Receipt.Input> inputs(RunPlan plan) {
        Map<Integer, Long> positions = new HashMap<>();
        Map<Integer, List<Receipt.Input>> byProvider = new TreeMap<>();
        for (PlannedInput input : plan.inputs()) {
            long position = positions.merge(input.provider(), 1L, Long::sum) - 1;
            byProvider
                    .computeIfAbsent(input.provider(), _ -> new ArrayList<>())
                    .add(new Receipt.Input(input.whose(), position, input.ciphertext()));
        }
        return byProvider.values().stream().flatMap(List::stream).toList();
    }
}
