package io.cloister.agent;

import io.cloister.attestation.runtime.FurtherPackages;
import io.cloister.attestation.runtime.InstalledPackage;
import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.attestation.runtime.VerifiedRuntime;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.crypto.bundle.BundleSummary;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.DocumentRefusedException;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Identity;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;

import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The native dialect: signed documents, age files, grants.
///
/// @param agreement verified
/// @param sealing opens what is sealed to this enclave
record NativeSuite(VerifiedAgreement agreement, HybridIdentity sealing) implements Suite {
    /// The suite for the agreement in `envelope`.
    ///
    /// @throws AgentStop if it does not hold, or no output could be encrypted to somebody
    static NativeSuite of(Envelope envelope, SecureRandom random) throws AgentStop {
        VerifiedAgreement agreement;
        try {
            agreement = VerifiedAgreement.verify(envelope);
        } catch (MalformedException | NotAuthenticException | DocumentRefusedException e) {
            throw AgentStop.refused("the agreement does not hold: " + e.getMessage());
        }
        // Found out now rather than when there is a result to encrypt.
        for (Card card : agreement.cards()) {
            try {
                Recipient.of(card.recipient(), "recipient");
            } catch (MalformedException _) {
                throw AgentStop.refused(
                        "the recipient of " + card.email() + " can't be encrypted to");
            }
        }
        return new NativeSuite(agreement, HybridIdentity.generate(random));
    }

    @Override
    public boolean bringsPackages() {
        return agreement.code().lock().isPresent();
    }

    @Override
    public ReadCode read(InputStream bundle) throws MalformedException, IOException {
        BundleSummary summary = BundleSummary.read(bundle);
        return runtime -> check(summary, runtime);
    }

    private Contents check(BundleSummary summary, VerifiedRuntime runtime) throws AgentStop {
        List<String> differences = summary.differencesFrom(agreement.code());
        if (!differences.isEmpty()) {
            throw AgentStop.refused(
                    "the code bundle differs from the code statement in "
                            + String.join(", ", differences));
        }
        List<InstalledPackage> packages = List.of();
        if (summary.lock().isPresent() && !isRuntimes(summary.lock().get())) {
            packages = further(summary.lock().get(), summary.wheels(), runtime);
        } else if (summary.hasWheels()) {
            throw AgentStop.refused(
                    "the code bundle has wheels, and no requirements.lock that names them");
        }
        return new Contents(
                new CodeLoader.Bundle(summary.paths().size()),
                packages,
                summary.wheels(),
                Foreseen.modules(
                        summary.run(),
                        runtime.installed().keySet(),
                        summary.paths().stream().map(BundlePath::clearPath).toList()));
    }

    /// The agreed runtime's own lock asks for nothing more.
    private boolean isRuntimes(Bytes lock) {
        return Sha256.of(lock).equals(agreement.runtime().digest());
    }

    private static List<InstalledPackage> further(
            Bytes lock, Map<String, Sha256> wheels, VerifiedRuntime runtime) throws AgentStop {
        Map<String, String> preinstalled = new HashMap<>();
        runtime.packages().forEach(one -> preinstalled.put(one.name(), one.version()));
        try {
            var further = FurtherPackages.of(RuntimeLock.parse(lock), wheels, preinstalled);
            if (!further.problems().isEmpty()) {
                FurtherPackages.Problem problem = further.problems().getFirst();
                throw AgentStop.refused(
                        "the packages that come with the code: "
                                + problem.file()
                                + " "
                                + problem.sentence());
            }
            if (preinstalled.size() + wheels.size() > BillOfMaterials.MAX_PACKAGES) {
                throw AgentStop.refused(
                        "the runtime and the code have more than "
                                + BillOfMaterials.MAX_PACKAGES
                                + " packages");
            }
            return further.packages();
        } catch (MalformedException e) {
            throw AgentStop.refused("the code's requirements.lock: " + e.getMessage());
        }
    }

    @Override
    public Identity identity(
            PublicSigningKey signing, IsolationLevel isolation, Instant startedAt) {
        return new EnclaveIdentity(
                agreement.computation(),
                agreement.digest(),
                sealing.recipient().text(),
                signing,
                agreement.runtime(),
                isolation,
                SwapSpace.now(),
                startedAt);
    }

    @Override
    public Intake intake(Identity identity, EnclaveClock clock) {
        return new NativeIntake(new GrantCollector(agreement, identity.digest(), clock), sealing);
    }

    @Override
    public String toString() {
        return "NativeSuite[" + agreement.digest() + "]";
    }
}
