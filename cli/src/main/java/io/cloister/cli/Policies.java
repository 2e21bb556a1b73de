package io.cloister.cli;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.measurement.EnclaveImage;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Which appraisal policy a person uses: what they name, else their own file, else the built-in
/// one. Never anyone else's choice.
final class Policies {
    /// The person's own file in their key store's folder.
    static final String FILE = "policy.json";

    private static final String REASON =
            "said by name: a simulated enclave protects nothing from the operator";

    private final Path home;
    private final World world;

    Policies(Path home, World world) {
        this.home = home;
        this.world = world;
    }

    /// A policy and where it came from.
    ///
    /// @param policy what is demanded
    /// @param source for people
    record Chosen(AppraisalPolicy policy, String source) {}

    /// @param named `built-in`, `simulated`, a file, or nothing
    Chosen choose(String named) throws MalformedException, IOException {
        if (named.equals("simulated")) {
            return new Chosen(simulated(), "--policy simulated");
        }
        if (named.equals("built-in")) {
            return new Chosen(AppraisalPolicy.builtIn(), "built-in");
        }
        if (!named.isEmpty()) {
            return new Chosen(read(world.path(named)), named);
        }
        Path own = home.resolve(FILE);
        return Files.exists(own)
                ? new Chosen(read(own), own.toString())
                : new Chosen(AppraisalPolicy.builtIn(), "built-in");
    }

    private static AppraisalPolicy read(Path file) throws MalformedException, IOException {
        return AppraisalPolicy.parse(Bytes.copyOf(Files.readAllBytes(file)));
    }

    /// Accepts simulated enclaves made of this client's own build, whoever's installation they run
    /// on. Without a build of its own there is nothing to compare with, and every enclave is
    /// refused.
    SimulatedPolicy simulated() throws IOException {
        return SimulatedPolicy.anyRoot(ownBuild(), REASON);
    }

    /// What this client's own build of the enclave measures, with each runtime that comes with it.
    private static List<ReferenceValue> ownBuild() throws IOException {
        String root = System.getProperty("cloister.home", "");
        if (root.isEmpty()) {
            return List.of();
        }
        EnclaveImage image = Installation.image(Path.of(root));
        Path runtimes = Path.of(root, "runtimes");
        if (!Files.isDirectory(image.lib())
                || !Files.isDirectory(image.python())
                || !Files.isDirectory(runtimes)) {
            return List.of();
        }
        List<ReferenceValue> values = new ArrayList<>();
        try (var entries = Files.list(runtimes)) {
            for (Path folder : entries.sorted().toList()) {
                Path lock = folder.resolve("requirements.lock");
                if (Files.isRegularFile(lock)) {
                    values.add(
                            new ReferenceValue(
                                    "own build with " + folder.getFileName(),
                                    image.measure(Sha256.of(Files.readAllBytes(lock)))));
                }
            }
        }
        return values;
    }
}
