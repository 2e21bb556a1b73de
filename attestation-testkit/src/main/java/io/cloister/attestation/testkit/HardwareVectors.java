package io.cloister.attestation.testkit;

import io.cloister.attestation.pki.VendorRoots;

import java.util.List;

/// Makes the vectors of `spec/vectors/attestation/hardware`: cases of the whole procedure on
/// Evidence of a fake Intel and a fake AMD, accepted ones and for each check at least one that
/// differs from an accepted one in what that check is about. The same on every machine and in every
/// run.
public final class HardwareVectors {
    private HardwareVectors() {}

    /// The roots of the fake vendors.
    public static VendorRoots roots() {
        VendorRoots amd = FakeAmd.roots();
        return new VendorRoots(FakeIntel.sgx().pin(), amd.milan(), amd.genoa(), amd.turin());
    }

    /// All vectors, in order.
    public static List<VectorCase> all() {
        var cases = new HardwareCases();
        new SgxVectors(cases).record();
        new TdxVectors(cases).record();
        new SnpVectors(cases).record();
        new KindVectors(cases).record();
        new IntelQuoteVectors(cases).record();
        new IntelChainVectors(cases).record();
        new IntelCollateralVectors(cases).record();
        new IntelTcbVectors(cases).record();
        new SnpAuthenticityVectors(cases).record();
        return cases.all();
    }
}
