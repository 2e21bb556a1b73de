package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.protocol.document.Swap;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What the appraisals of all hardware kinds have in common. Used by one thread, once.
///
/// @param policy what is demanded
/// @param instant as of when
/// @param findings where every check goes
record PolicyChecks(HardwarePolicy policy, Instant instant, Findings findings) {
    /// §6.1.
    void kind(EvidenceKind kind) {
        findings.met(
                FindingCode.EVIDENCE_KIND_ACCEPTED,
                "the policy is for hardware kinds",
                HardwarePolicy.KIND,
                kind.word());
    }

    /// §6.3: one of the policy's values of this kind is met in all of its members.
    ///
    /// @return the value that is met, or else comes closest; if there are several, the one by which
    ///   the fewest bits of registers are refused
    <V extends HardwareValue> Optional<V> referenceValue(
            Class<V> kind,
            Function<V, Differences> compare,
            Function<V, List<RegisterCheck>> registers) {
        List<V> values = policy.values().stream().filter(kind::isInstance).map(kind::cast).toList();
        if (values.isEmpty()) {
            findings.notMet(
                    FindingCode.REFERENCE_VALUES_PRESENT,
                    "the policy lists no reference value for this kind of Evidence, so it accepts"
                            + " nothing of it",
                    "at least one",
                    "none");
            return Optional.empty();
        }
        findings.met(
                FindingCode.REFERENCE_VALUES_PRESENT,
                "the policy lists what it accepts",
                "at least one",
                Integer.toString(values.size()));
        record Compared<V extends HardwareValue>(V value, Differences differences, int refused) {}
        Compared<V> closest =
                values.stream()
                        .map(value ->
                                new Compared<>(
                                        value,
                                        compare.apply(value),
                                        refused(registers.apply(value))))
                        .min(
                                Comparator.<Compared<V>>comparingInt(
                                                compared -> compared.differences().count())
                                        .thenComparingInt(Compared::refused))
                        .orElseThrow();
        String name = "\"" + closest.value().name() + "\"";
        if (closest.differences().count() == 0) {
            findings.met(
                    FindingCode.MEASUREMENT,
                    "it is the reference value " + name,
                    closest.differences().expected(),
                    closest.differences().actual());
        } else {
            findings.notMet(
                    FindingCode.MEASUREMENT,
                    "it is none of the policy's reference values; "
                            + name
                            + " differs in "
                            + closest.differences().names(),
                    closest.differences().expected(),
                    closest.differences().actual());
        }
        return Optional.of(closest.value());
    }

    private int refused(List<RegisterCheck> registers) {
        return registers.stream().mapToInt(register -> register.refused(policy.allow())).sum();
    }

    /// §6.15: what the Evidence says, and neither a check nor the reference value looks at.
    void leftOpen(String sentence, String actual) {
        findings.met(FindingCode.LEFT_OPEN, sentence, Finding.ANY, actual);
    }

    /// A property that is refused unless the policy relaxes it by name.
    ///
    /// @param found whether it is there
    /// @param absent the sentence if it isn't
    /// @param present the sentence if it is
    /// @param field what shows it
    void unless(
            Relaxation relaxation,
            FindingCode code,
            boolean found,
            String absent,
            String present,
            String field) {
        if (!found) {
            findings.met(code, absent, field + "=false", field + "=false");
        } else {
            relaxable(
                    code,
                    policy.allow().reason(relaxation),
                    present,
                    field + "=false",
                    field + "=true");
        }
    }

    /// What does not hold, and whether the policy lets it pass.
    void relaxable(
            FindingCode code,
            Optional<Reason> reason,
            String sentence,
            String expected,
            String actual) {
        if (reason.isPresent()) {
            findings.relaxed(
                    code, sentence + "; the policy allows it: " + reason.get(), expected, actual);
        } else {
            findings.notMet(code, sentence, expected, actual);
        }
    }

    /// §6.16.
    void swap(Swap swap) {
        switch (swap) {
            case OFF ->
                    findings.met(
                            FindingCode.SWAP,
                            "nothing that the enclave's kernel could swap its memory to is on",
                            Swap.OFF.word(),
                            swap.word());
            case ON -> swapped("the enclave's kernel may write its memory to a swap device", swap);
            case UNKNOWN ->
                    swapped("the enclave could not see whether its memory may be swapped", swap);
        }
    }

    private void swapped(String sentence, Swap swap) {
        relaxable(
                FindingCode.SWAP,
                policy.allow().reason(Relaxation.SWAP),
                sentence,
                Swap.OFF.word(),
                swap.word());
    }

    /// What must hold, without any way to relax it.
    void require(
            FindingCode code,
            boolean holds,
            String met,
            String notMet,
            String expected,
            String actual) {
        if (holds) {
            findings.met(code, met, expected, actual);
        } else {
            findings.notMet(code, notMet, expected, actual);
        }
    }

    /// §6.8.
    ///
    /// @param found every name that the hardware has
    void chips(List<Chip> found) {
        String actual = found.isEmpty() ? "none is named" : text(found);
        if (policy.chips().isEmpty()) {
            findings.met(
                    FindingCode.CHIP_LISTED,
                    "the policy lists no chips, so it accepts every genuine one, wherever it is and"
                            + " whoever has it",
                    Finding.ANY,
                    actual);
        } else {
            require(
                    FindingCode.CHIP_LISTED,
                    found.stream().anyMatch(policy.chips()::contains),
                    "the policy lists this chip",
                    "the policy lists chips, and this is none of them",
                    text(policy.chips()),
                    actual);
        }
    }

    private static String text(List<Chip> chips) {
        return String.join(", ", chips.stream().map(Chip::toString).toList());
    }
}
