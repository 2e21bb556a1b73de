package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.Verification.Authentic;
import io.cloister.attestation.evidence.Verification.NotAuthentic;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;

/// What a verifier remembers of an earlier verification, and what it judges anew.
class SnpVerificationAgainTest {
    private static final String PSS = "RSASSA-PSS";
    private static final String ECDSA = "SHA384withECDSAinP1363Format";

    private final CountingProvider counting = new CountingProvider(PSS, ECDSA);
    private final Verifier verifier = new Verifier(FakeAmd.roots(), SignatureChecks.of(counting));
    private final FakeAmd amd = new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
    private final SnpEvidence evidence = amd.evidence();
    private final Endorsements endorsements = amd.endorsements();

    @Test
    void computesTheReportsSignatureAlone() throws CouldNotCheckException, MalformedException {
        assertInstanceOf(Authentic.class, verifier.verify(evidence, endorsements, FakeAmd.NOW));
        int chain = counting.of(PSS);
        assertEquals(4, chain);
        assertEquals(1, counting.of(ECDSA));
        assertInstanceOf(Authentic.class, verifier.verify(evidence, endorsements, FakeAmd.NOW));
        assertEquals(chain, counting.of(PSS));
        assertEquals(2, counting.of(ECDSA));
    }

    @Test
    void judgesDatesAndRevocationAnew() throws CouldNotCheckException, MalformedException {
        assertInstanceOf(Authentic.class, verifier.verify(evidence, endorsements, FakeAmd.NOW));
        assertInstanceOf(
                NotAuthentic.class,
                verifier.verify(evidence, endorsements, FakeAmdCrl.END.plusSeconds(1)));
        amd.revocationList().revoke(0x10001);
        assertInstanceOf(
                NotAuthentic.class, verifier.verify(evidence, amd.endorsements(), FakeAmd.NOW));
    }
}
