package io.cloister.launcher.process;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.PlatformCertificate;
import io.cloister.attestation.evidence.PlatformInstance;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.evidence.SimulatedStatement;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/// Stands in for the hardware of one installation: a root, a platform key under it, and statements
/// about enclaves. It signs whatever its launcher measured, and its keys lie on the operator's
/// disk: it protects nothing from the operator.
///
/// The keys are made once, in a folder of their own, and never leave it. Safe for use by several
/// threads.
final class SimulatedPlatform {
    private static final String ROOT = "root";
    private static final String PLATFORM = "platform";
    private static final String INSTANCE = "instance";
    private static final Duration BEFORE = Duration.ofHours(1);
    private static final Duration AFTER = Duration.ofDays(400);

    private final PlatformKey root;
    private final PlatformKey platform;
    private final PlatformInstance instance;
    private final InstantSource clock;

    private SimulatedPlatform(
            PlatformKey root,
            PlatformKey platform,
            PlatformInstance instance,
            InstantSource clock) {
        this.root = root;
        this.platform = platform;
        this.instance = instance;
        this.clock = clock;
    }

    /// The platform whose keys lie in `folder`; makes them if the folder doesn't exist. It appears
    /// whole or not at all.
    static SimulatedPlatform open(Path folder, SecureRandom random, InstantSource clock)
            throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            create(folder, random);
        }
        PrivateFolder.require(folder);
        try {
            return new SimulatedPlatform(
                    PlatformKey.load(folder, ROOT),
                    PlatformKey.load(folder, PLATFORM),
                    PlatformInstance.parse(Files.readString(folder.resolve(INSTANCE)), INSTANCE),
                    clock);
        } catch (MalformedException e) {
            throw new IOException(folder + " is damaged: " + e.getMessage(), e);
        }
    }

    private static void create(Path folder, SecureRandom random) throws IOException {
        Path unfinished = folder.resolveSibling(folder.getFileName() + ".new");
        PrivateFolder.delete(unfinished);
        PrivateFolder.require(unfinished);
        PlatformKey.create(unfinished, ROOT);
        PlatformKey.create(unfinished, PLATFORM);
        byte[] instance = new byte[PlatformInstance.LENGTH];
        random.nextBytes(instance);
        PrivateFolder.write(
                unfinished.resolve(INSTANCE), Bytes.utf8(Bytes.copyOf(instance).hex()).toArray());
        Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
    }

    /// The key a simulated policy may pin.
    PublicSigningKey root() {
        return root.publicKey();
    }

    /// Evidence about an enclave, with what vouches for it.
    ///
    /// @param measurement taken by the launcher when it started that enclave
    /// @param reportData 64 bytes of the enclave's choice
    EvidenceBundle evidence(Measurement measurement, Bytes reportData) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        var certificate =
                new PlatformCertificate(
                        platform.publicKey(), instance, now.minus(BEFORE), now.plus(AFTER));
        var statement = new SimulatedStatement(measurement, reportData, false, instance, now);
        return new EvidenceBundle(
                new SimulatedEvidence(
                        root.sign(PlatformCertificate.TYPE, certificate),
                        platform.sign(SimulatedStatement.TYPE, statement)),
                Endorsements.simulated(root.publicKey()));
    }
}
