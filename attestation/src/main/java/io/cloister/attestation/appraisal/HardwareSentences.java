package io.cloister.attestation.appraisal;

import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.intel.TcbStatus;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Says what a hardware policy accepts, for people: what it widens first.
final class HardwareSentences {
    private final HardwarePolicy policy;
    private final List<String> sentences = new ArrayList<>();

    private HardwareSentences(HardwarePolicy policy) {
        this.policy = policy;
    }

    static List<String> of(HardwarePolicy policy) {
        var all = new HardwareSentences(policy);
        all.values();
        all.relaxations();
        all.refusals();
        all.chips();
        if (all.accepts(EvidenceKind.SGX) || all.accepts(EvidenceKind.TDX)) {
            all.intel();
        }
        if (all.accepts(EvidenceKind.SNP)) {
            all.snp();
        }
        return List.copyOf(all.sentences);
    }

    private void say(String sentence) {
        sentences.add(sentence + ".");
    }

    private boolean accepts(EvidenceKind kind) {
        return policy.values().stream().anyMatch(value -> value.kind() == kind);
    }

    private void values() {
        say("Accepts hardware only; simulated enclaves are always refused");
        if (policy.values().isEmpty()) {
            say("Accepts nothing yet: it lists no reference value");
        }
        policy.values().forEach(value -> say("Accepts " + value.sentence()));
    }

    private void relaxations() {
        for (Relaxation relaxation : Relaxation.values()) {
            policy.allow()
                    .reason(relaxation)
                    .ifPresent(reason ->
                            say("Relaxed: accepts " + relaxation.what() + ", because: " + reason));
        }
        if (!policy.allow().tcbStatus().isEmpty()) {
            new EnumMap<TcbStatus, Reason>(policy.allow().tcbStatus())
                    .forEach((status, reason) ->
                            say(
                                    "Relaxed: accepts platforms that Intel rates "
                                            + status.word()
                                            + ", because: "
                                            + reason));
        }
        new TreeMap<>(policy.allow().vmpl())
                .forEach((level, reason) ->
                        say(
                                "Relaxed: accepts SEV-SNP reports of privilege level "
                                        + level
                                        + ", because: "
                                        + reason));
        policy.allow().grace().ifPresent(grace -> say("Relaxed: " + sentence(grace)));
    }

    private static String sentence(Grace grace) {
        String because = ", because: " + grace.reason();
        return switch (grace) {
            case Grace.Platform(int days, Reason _) ->
                    "accepts platforms that Intel rates out of date until "
                            + days
                            + " days after the date of their TCB level"
                            + because;
            case Grace.Collateral(int days, Reason _) ->
                    "accepts revocation lists and Intel's collateral until "
                            + days
                            + " days after they have expired"
                            + because;
        };
    }

    private void refusals() {
        for (Relaxation relaxation : Relaxation.values()) {
            if (policy.allow().reason(relaxation).isEmpty()) {
                say("Refuses " + relaxation.what());
            }
        }
    }

    private void chips() {
        if (policy.chips().isEmpty()) {
            say(
                    "Lists no chips, so it accepts every genuine one, wherever it is and whoever"
                            + " has it");
        } else {
            policy.chips()
                    .forEach(
                            chip -> say("Accepts the chip " + chip + " and none but those listed"));
        }
    }

    private void intel() {
        say(
                "Refuses platforms that Intel rates anything but "
                        + String.join(
                                " or ",
                                Stream.concat(
                                                Stream.of(TcbStatus.UP_TO_DATE),
                                                policy.allow().tcbStatus().keySet().stream()
                                                        .sorted())
                                        .map(TcbStatus::word)
                                        .toList()));
        if (policy.intel().minEvaluationNumber() > 0) {
            say(
                    "Refuses ratings of Intel's evaluations before number "
                            + policy.intel().minEvaluationNumber());
        } else if (policy.allow().reason(Relaxation.ANY_EVALUATION).isEmpty()) {
            say("Names no least evaluation of Intel's, so it refuses all SGX and TDX platforms");
        }
        policy.intel()
                .rejectedAdvisories()
                .forEach(advisory ->
                        say(
                                "Refuses platforms to which Intel's advisory "
                                        + advisory
                                        + " applies"));
        policy.intel()
                .minTcb()
                .forEach(minimum ->
                        say(
                                "Accepts Intel platforms of FMSPC "
                                        + minimum.fmspc().hex()
                                        + " from the versions on that the policy names, and none"
                                        + " but those listed"));
    }

    private void snp() {
        for (SnpProduct product : SnpProduct.values()) {
            Optional<SnpMinimum> minimum = policy.snp().minimum(product);
            say(
                    minimum.isPresent()
                            ? "Accepts "
                                    + product
                                    + " processors from these patch levels on: "
                                    + minimum.get()
                            : "Refuses "
                                    + product
                                    + " processors: it names no least patch levels for them");
        }
        say("Demands SNP firmware " + policy.snp().minFirmware() + " or later");
        SnpMitigations mitigations = policy.snp().mitigations();
        if (mitigations.demanded()) {
            say(
                    "Demands these mitigations of the firmware, and so reports of version 5: "
                            + SnpMitigations.text(mitigations.launch(), mitigations.current()));
        }
        Stream.of(SnpRequirement.values())
                .filter(policy.snp().require()::contains)
                .forEach(requirement -> say("Demands that " + requirement.what()));
    }
}
