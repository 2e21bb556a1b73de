package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.SignatureAlgorithm;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.time.Instant;
import java.util.Set;

/// A certificate is refused, or read; what is read answers every question, and whether it signed
/// itself, without anything else.
final class CertificateFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        Certificate certificate;
        try {
            certificate = Certificate.parse(Bytes.copyOf(input), "certificate");
        } catch (MalformedException _) {
            return;
        }
        if (!certificate.der().equals(Bytes.copyOf(input))) {
            throw new AssertionError("other bytes than were read");
        }
        if (certificate.serial().signum() < 0 || certificate.pathLength() < 0) {
            throw new AssertionError("a negative number");
        }
        if (certificate.maySignCertificates() && !certificate.isCa()) {
            throw new AssertionError("signs certificates without being a CA");
        }
        certificate.isValidAt(Instant.EPOCH);
        certificate.criticalBesides(Set.of());
        for (SignatureAlgorithm algorithm : SignatureAlgorithm.values()) {
            try {
                certificate.isSignedBy(certificate, algorithm, SignatureChecks.ofPlatform());
            } catch (MalformedException _) {
                // Its key is no key of that algorithm.
            }
        }
    }
}
