package io.cloister.agent.evidence;

import io.cloister.attestation.platform.LocalEndpoint;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Decides which platform makes this enclave's Evidence, from what there is.
public final class EvidenceSources {
    private EvidenceSources() {}

    /// The one source.
    ///
    /// @param simulated the simulated platform that the boot line names, if it names one; it is
    ///   then the only one asked, whatever the machine has
    /// @param random names the reports
    /// @throws IOException if the boot line names none and the machine offers none, or more than
    ///   one: an agent that doesn't know what it runs in publishes nothing
    public static EvidenceSource choose(Optional<LocalEndpoint> simulated, SecureRandom random)
            throws IOException {
        return choose(simulated, new KernelFiles(), Retry.sleeping(), random);
    }

    static EvidenceSource choose(
            Optional<LocalEndpoint> simulated,
            AttestationFiles files,
            Retry retry,
            SecureRandom random)
            throws IOException {
        if (simulated.isPresent()) {
            return new SimulatedPlatformSource(simulated.get());
        }
        List<EvidenceSource> offered = new ArrayList<>();
        if (ConfigfsTsmSource.isOffered(files)) {
            offered.add(new ConfigfsTsmSource(files, ConfigfsTsmSource.FOLDER, random, retry));
        }
        if (GramineSource.isOffered(files)) {
            offered.add(new GramineSource(files, GramineSource.FOLDER, retry));
        }
        if (offered.size() != 1) {
            throw new IOException(
                    offered.isEmpty()
                            ? "nothing here makes Evidence: no simulated platform, configfs-tsm or"
                                    + " Gramine"
                            : "both configfs-tsm and Gramine are here: what this is can't be told");
        }
        return offered.getFirst();
    }
}
