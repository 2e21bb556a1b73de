package io.cloister.attestation.testkit;

import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.appraisal.HardwareValue;
import io.cloister.attestation.appraisal.IntelDemands;

import java.util.List;

/// Policies that accept what [FakeIntel] makes.
public final class IntelPolicies {
    private IntelPolicies() {}

    /// Accepts these values, on platforms that Intel rates well in any evaluation from the first.
    public static HardwarePolicy of(List<HardwareValue> values) {
        return HardwarePolicy.of(values).demanding(new IntelDemands(1, List.of(), List.of()));
    }
}
