package io.cloister.bench.verification;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.testkit.FakeAmd;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.protocol.MalformedException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// The Evidence to measure with: captured from real hardware where there is a folder of it, else a
/// fake vendor's, which costs the same signatures but has less to read.
final class SampleSource {
    /// Names the folder of captured Evidence.
    static final String FOLDER = "cloister.evidence";

    private SampleSource() {}

    static Sample of(Kind kind) throws IOException, MalformedException {
        String folder = System.getProperty(FOLDER, "");
        return folder.isEmpty() ? fake(kind) : new CapturedSamples(Path.of(folder)).read(kind);
    }

    private static Sample fake(Kind kind) {
        return switch (kind) {
            case SGX -> {
                FakeIntel intel = FakeIntel.sgx();
                yield intel(intel, new SgxEvidence(intel.quote().bytes()));
            }
            case TDX -> {
                FakeIntel intel = FakeIntel.tdx();
                yield intel(intel, new TdxEvidence(intel.quote().bytes()));
            }
            case SNP -> {
                var amd = new FakeAmd(SnpProduct.GENOA, SigningKey.VCEK, 3);
                yield new Sample(
                        "fake vendor",
                        amd.evidence(),
                        amd.endorsements(),
                        FakeAmd.NOW,
                        FakeAmd.roots(),
                        Map.of());
            }
        };
    }

    private static Sample intel(FakeIntel intel, Evidence evidence) {
        return new Sample(
                "fake vendor",
                evidence,
                new Endorsements(intel.endorsements()),
                FakeIntel.NOW,
                intel.roots(),
                Map.of());
    }
}
