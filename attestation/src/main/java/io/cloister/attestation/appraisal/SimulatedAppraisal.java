package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.protocol.Sha256;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The checks of a simulated policy (spec/evidence.md §6.3, 6.5, 6.6).
final class SimulatedAppraisal {
    private SimulatedAppraisal() {}

    static void appraise(Claims.Simulated claims, SimulatedPolicy policy, Findings findings) {
        measurement(claims.measurement(), policy.measurements(), findings);
        debug(claims.statement().debug(), policy.debug(), findings);
        root(claims, policy.root(), findings);
    }

    private static void measurement(Measurement actual, MeasurementRule rule, Findings findings) {
        switch (rule) {
            case MeasurementRule.Any(var reason) ->
                    findings.relaxed(
                            FindingCode.MEASUREMENT,
                            "the policy accepts any measurement: " + reason,
                            actual.text());
            case MeasurementRule.OneOf(var values) -> oneOf(actual, values, findings);
        }
    }

    private static void oneOf(Measurement actual, List<ReferenceValue> values, Findings findings) {
        if (values.isEmpty()) {
            findings.notMet(
                    FindingCode.REFERENCE_VALUES_PRESENT,
                    "the policy lists no reference value, so it accepts nothing",
                    "at least one",
                    "none");
            return;
        }
        findings.met(FindingCode.REFERENCE_VALUES_PRESENT, "the policy lists what it accepts");
        for (ReferenceValue value : values) {
            if (value.measurement().equals(actual)) {
                findings.met(
                        FindingCode.MEASUREMENT,
                        "the enclave is the reference value \"" + value.name() + "\"");
                return;
            }
        }
        ReferenceValue closest =
                values.stream()
                        .min(
                                Comparator.comparingInt(
                                        value -> differences(value.measurement(), actual).size()))
                        .orElseThrow();
        findings.notMet(
                FindingCode.MEASUREMENT,
                "the enclave is none of the policy's reference values; \""
                        + closest.name()
                        + "\" differs in "
                        + String.join("; ", differences(closest.measurement(), actual)),
                closest.measurement().text(),
                actual.text());
    }

    private static List<String> differences(Measurement expected, Measurement actual) {
        var differences = new ArrayList<String>();
        difference("agent", expected.agent(), actual.agent(), differences);
        difference("python", expected.python(), actual.python(), differences);
        difference("runtime", expected.runtime(), actual.runtime(), differences);
        return differences;
    }

    private static void difference(
            String part, Sha256 expected, Sha256 actual, List<String> differences) {
        if (!expected.equals(actual)) {
            differences.add(part + " (" + expected + " expected, " + actual + " found)");
        }
    }

    private static void debug(boolean debug, DebugRule rule, Findings findings) {
        if (!debug) {
            findings.met(FindingCode.DEBUG, "the enclave can't be looked into by a debugger");
            return;
        }
        switch (rule) {
            case DebugRule.Refuse() ->
                    findings.notMet(
                            FindingCode.DEBUG,
                            "the enclave can be looked into by a debugger",
                            "debug=false",
                            "debug=true");
            case DebugRule.Allow(var reason) ->
                    findings.relaxed(
                            FindingCode.DEBUG,
                            "the policy accepts debuggable enclaves: " + reason,
                            "debug=true");
        }
    }

    private static void root(Claims.Simulated claims, RootRule rule, Findings findings) {
        switch (rule) {
            case RootRule.Any(var reason) ->
                    findings.relaxed(
                            FindingCode.ROOT_PINNED,
                            "the policy accepts any simulated root: " + reason,
                            claims.root().toString());
            case RootRule.Pinned(var pinned) -> {
                if (pinned.equals(claims.root())) {
                    findings.met(FindingCode.ROOT_PINNED, "the root is the one the policy pins");
                } else {
                    findings.notMet(
                            FindingCode.ROOT_PINNED,
                            "the root is another than the one the policy pins",
                            pinned.toString(),
                            claims.root().toString());
                }
            }
        }
    }
}
