package io.cloister.client.endorsement;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.pki.SignatureAlgorithm;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.List;

/// What has to be fetched is taken from Evidence, and from certificates beside it, that nobody has
/// verified: it is told, or refused.
final class NeedsFuzzTest {
    private static final Chains CHAINS =
            new Chains(SignatureAlgorithm.ECDSA_P256_SHA256, SignatureChecks.ofPlatform());

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void tellsWhatIsNeededOrRefuses(byte[] input) {
        Bytes bytes = Bytes.copyOf(input);
        var present = new Endorsements(List.of(new Endorsement.X509(bytes)));
        try {
            IntelNeeds needs = IntelNeeds.of(bytes, present, VendorRoots.pinned().intel(), CHAINS);
            if (needs.fmspc().length() != 6) {
                throw new AssertionError("an FMSPC of another length");
            }
        } catch (MalformedException | CouldNotCheckException _) {
            // What is expected of nearly every input.
        }
        try {
            if (AmdNeeds.of(bytes, present).products().isEmpty()) {
                throw new AssertionError("of no product");
            }
        } catch (MalformedException | CouldNotCheckException _) {
            // What is expected of nearly every input.
        }
    }
}
