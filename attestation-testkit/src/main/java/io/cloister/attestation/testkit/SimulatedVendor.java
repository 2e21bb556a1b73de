package io.cloister.attestation.testkit;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.PlatformCertificate;
import io.cloister.attestation.evidence.PlatformInstance;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.evidence.SimulatedStatement;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.Envelope;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;

/// A fake installation of the simulated platform, which signs whatever a test asks for. All of its
/// keys can be made by anyone; nothing may ever accept them but a test.
///
/// @param name of the installation; other names give other roots, platform keys and instances
public record SimulatedVendor(String name) {
    /// The root's key.
    public TestKey root() {
        return TestKey.named(name + " root");
    }

    /// The platform's key.
    public TestKey platform() {
        return TestKey.named(name + " platform");
    }

    /// The platform's instance.
    public PlatformInstance instance() {
        byte[] digest = Sha256.of(Bytes.utf8("instance " + name)).value().toArray();
        return new PlatformInstance(Bytes.copyOf(Arrays.copyOf(digest, PlatformInstance.LENGTH)));
    }

    /// Endorsements that vouch for this installation.
    public Endorsements endorsements() {
        return Endorsements.simulated(root().publicKey());
    }

    /// A certificate valid from a day before to a day after `instant`.
    public PlatformCertificate certificate(Instant instant) {
        return new PlatformCertificate(
                platform().publicKey(),
                instance(),
                instant.minus(Duration.ofDays(1)),
                instant.plus(Duration.ofDays(1)));
    }

    /// A statement as an honest platform makes it.
    public SimulatedStatement statement(
            Measurement measurement, Bytes reportData, Instant instant) {
        return new SimulatedStatement(measurement, reportData, false, instance(), instant);
    }

    /// Evidence as an honest platform makes it.
    public EvidenceBundle bundle(Measurement measurement, Bytes reportData, Instant instant) {
        return bundle(certificate(instant), statement(measurement, reportData, instant));
    }

    /// Evidence that says whatever a test likes, correctly signed.
    public EvidenceBundle bundle(PlatformCertificate certificate, SimulatedStatement statement) {
        return bundle(
                root().sign(PlatformCertificate.TYPE, certificate),
                platform().sign(SimulatedStatement.TYPE, statement));
    }

    /// Evidence of any two envelopes.
    public EvidenceBundle bundle(Envelope certificate, Envelope statement) {
        return new EvidenceBundle(new SimulatedEvidence(certificate, statement), endorsements());
    }
}
