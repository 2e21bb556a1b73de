package io.cloister.client.endorsement;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.intel.TeeType;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.client.endorsement.AmdDocuments.Hierarchy;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Whatever a service answers is refused unless a vendor signed it, and in no other way.
final class VendorAnswerFuzzTest {
    private static final VendorServices SERVICES = VendorServices.ofVendors();
    private static final SignatureChecks CHECKS = SignatureChecks.ofPlatform();
    private static final IntelDocuments INTEL =
            new IntelDocuments(SERVICES, TcbSelection.standard(), VendorRoots.pinned(), CHECKS);
    private static final AmdDocuments AMD =
            new AmdDocuments(SERVICES, VendorRoots.pinned(), CHECKS);
    private static final List<Document> DOCUMENTS =
            List.of(
                    INTEL.tcbInfo(TeeType.TDX, Bytes.copyOf(new byte[6])),
                    INTEL.qeIdentity(TeeType.SGX),
                    INTEL.pckCrl(PckCa.PLATFORM),
                    AMD.chain(Hierarchy.VCEK, "Genoa"));

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void refusesWhatNobodySigned(byte[] input) {
        int half = input.length / 2;
        var answer =
                new HttpAnswer(
                        Bytes.copyOf(Arrays.copyOf(input, half)),
                        Optional.of(
                                new String(
                                        input,
                                        half,
                                        input.length - half,
                                        StandardCharsets.ISO_8859_1)));
        for (Document document : DOCUMENTS) {
            try {
                document.check().check(answer);
            } catch (AnswerException | MalformedException _) {
                continue;
            }
            throw new AssertionError("accepted as " + document.what());
        }
    }
}
