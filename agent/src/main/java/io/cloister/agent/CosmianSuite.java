package io.cloister.agent;

import io.cloister.attestation.runtime.VerifiedRuntime;
import io.cloister.crypto.cosmian.EnclaveKey;
import io.cloister.crypto.cosmian.Project;
import io.cloister.crypto.cosmian.ProjectPath;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianIdentity;
import io.cloister.protocol.document.Identity;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.Terms;

import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// The Cosmian dialect: the server's word, secretbox messages, key blobs.
///
/// @param agreement as the server says
/// @param key opens key blobs
/// @param random for nonces
record CosmianSuite(CosmianAgreement agreement, EnclaveKey key, SecureRandom random)
        implements Suite {
    /// The suite for the agreement that is `canonical`.
    ///
    /// @throws AgentStop if it is none, or demands what this dialect does not have
    static CosmianSuite of(Bytes canonical, SecureRandom random) throws AgentStop {
        CosmianAgreement agreement;
        try {
            agreement = CosmianAgreement.parse(canonical);
        } catch (MalformedException e) {
            throw AgentStop.refused("the agreement does not hold: " + e.getMessage());
        }
        Terms terms = agreement.terms();
        if (terms.inputMode() == InputMode.STREAMING) {
            throw AgentStop.refused("the Cosmian dialect can't stream inputs");
        }
        if (!terms.outputReaders().isEmpty() || !terms.tracebackReaders().isEmpty()) {
            throw AgentStop.refused(
                    "the Cosmian dialect has no readers of printed text and tracebacks");
        }
        return new CosmianSuite(agreement, EnclaveKey.generate(random), random);
    }

    /// Whatever packages come with it are code like any other.
    @Override
    public boolean bringsPackages() {
        return false;
    }

    @Override
    public ReadCode read(InputStream bundle) throws MalformedException, IOException {
        Project project = Project.read(bundle);
        return runtime -> check(project, runtime);
    }

    private Contents check(Project project, VerifiedRuntime runtime) throws AgentStop {
        if (!project.digests().equals(agreement.code())) {
            throw AgentStop.refused("the code bundle differs from what the agreement says of it");
        }
        if (project.requirements().isPresent()) {
            try {
                List<String> problems =
                        PlainRequirements.parse(project.requirements().get())
                                .problemsOn(runtime.packages());
                if (!problems.isEmpty()) {
                    throw AgentStop.refused("requirements.txt: " + problems.getFirst());
                }
            } catch (MalformedException e) {
                throw AgentStop.refused(String.valueOf(e.getMessage()));
            }
        }
        return new Contents(
                new CodeLoader.Project(project.paths().size(), project.hidden()),
                List.of(),
                Map.of(),
                Foreseen.modules(
                        project.run(),
                        runtime.installed().keySet(),
                        project.paths().stream().map(ProjectPath::clearPath).toList()));
    }

    @Override
    public Identity identity(
            PublicSigningKey signing, IsolationLevel isolation, Instant startedAt) {
        return new CosmianIdentity(
                agreement.computation(),
                agreement.digest(),
                key.publicKey(),
                signing,
                agreement.runtime(),
                isolation,
                SwapSpace.now(),
                startedAt);
    }

    @Override
    public Intake intake(Identity identity, EnclaveClock clock) {
        return new CosmianIntake(new KeyCollector(agreement, key, clock, random));
    }

    @Override
    public String toString() {
        return "CosmianSuite[" + agreement.digest() + "]";
    }
}
