package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.evidence.EvidenceRecogniser;
import io.cloister.attestation.evidence.RecognisedEvidence;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.TlsKeyBinding;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.intel.Quote;
import io.cloister.attestation.intel.SgxReport;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;

class TlsKeyBindingTest {
    private static final Bytes ZEROS = Bytes.copyOf(new byte[32]);
    private static final int POINT = 65;

    private final Bytes key = EcTestKey.named("tls").publicKeyInfo();

    private static Bytes data(Bytes hashed) {
        return Bytes.concat(Sha256.of(hashed).value(), ZEROS);
    }

    private static Bytes altered(Bytes bytes, int offset) {
        byte[] copy = bytes.toArray();
        copy[offset] ^= 1;
        return Bytes.copyOf(copy);
    }

    private static Bytes point(Bytes key) {
        return key.slice(key.length() - POINT, POINT);
    }

    private static Outcome outcome(Bytes key, Bytes reportData) {
        return TlsKeyBinding.check(key, reportData).outcome();
    }

    @Test
    void knowsTheHashOfThePointAndThatOfTheKeyInfo() {
        Finding ofPoint = TlsKeyBinding.check(key, data(point(key)));
        Finding ofInfo = TlsKeyBinding.check(key, data(key));

        assertEquals(Outcome.MET, ofPoint.outcome());
        assertTrue(ofPoint.sentence().contains("uncompressed point"));
        assertEquals(Outcome.MET, ofInfo.outcome());
        assertTrue(ofInfo.sentence().contains("SubjectPublicKeyInfo"));
    }

    @Test
    void takesNoOtherKeyAndNoOtherByteForBound() {
        Bytes other = EcTestKey.named("another").publicKeyInfo();
        for (Bytes good : new Bytes[] {data(key), data(point(key))}) {
            assertEquals(Outcome.NOT_CHECKED, outcome(other, good));
            for (int i = 0; i < good.length(); i++) {
                assertEquals(Outcome.NOT_CHECKED, outcome(key, altered(good, i)), "byte " + i);
            }
        }
        assertEquals(Outcome.NOT_CHECKED, outcome(key, Bytes.concat(ZEROS, ZEROS)));
    }

    @Test
    void knowsTheKeyInfoOfKeysThatAreNoPoint() {
        Bytes rsa = RsaTestKey.named("ark-milan").publicKeyInfo();

        assertEquals(Outcome.MET, outcome(rsa, data(rsa)));
        assertEquals(Outcome.NOT_CHECKED, outcome(rsa, data(Bytes.utf8("another"))));
        assertEquals(Outcome.NOT_CHECKED, outcome(Bytes.utf8("none"), data(key)));
    }

    @Test
    void aRealCertificatesKeyIsBoundByItsPoint() throws Exception {
        RecognisedEvidence real =
                EvidenceRecogniser.recognise(
                        Bytes.copyOf(
                                Files.readAllBytes(
                                        CapturedEvidence.folder()
                                                .resolve("sgx/ratls-cert-cosmian.pem"))));
        Quote quote = Quote.parse(((SgxEvidence) real.evidence()).quote());
        Bytes reportData = ((SgxReport) quote.body()).reportData();

        Finding finding = TlsKeyBinding.check(real.tlsKey(), reportData);

        assertEquals(Outcome.MET, finding.outcome());
        assertTrue(finding.sentence().contains("uncompressed point"));
        assertEquals(Outcome.NOT_CHECKED, outcome(key, reportData));
    }
}
