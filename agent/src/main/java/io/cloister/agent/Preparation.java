package io.cloister.agent;

import io.cloister.agent.evidence.EvidenceSource;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.agent.sandbox.Wheels;
import io.cloister.agent.sandbox.WheelsRefusedException;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.attestation.runtime.FurtherPackages;
import io.cloister.attestation.runtime.InstalledPackage;
import io.cloister.attestation.runtime.RuntimeCheck;
import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.attestation.runtime.VerifiedRuntime;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.crypto.bundle.BundleSummary;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.DocumentRefusedException;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.NotAuthenticException;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/// Everything between the job and a published identity: checks the agreement, the code and the
/// packages, makes the keys and gets Evidence. Refuses, with a reason for people, whatever it can't
/// serve exactly as agreed. Used by one thread, once.
final class Preparation {
    private final ControlPlane plane;
    private final EvidenceSource evidence;
    private final RuntimeSource runtime;
    private final CellStarter cells;
    private final SecureRandom random;

    /// @param runtime the Python packages this enclave has
    /// @param cells starts interpreters on them
    Preparation(
            ControlPlane plane,
            EvidenceSource evidence,
            RuntimeSource runtime,
            CellStarter cells,
            SecureRandom random) {
        this.plane = plane;
        this.evidence = evidence;
        this.runtime = runtime;
        this.cells = cells;
        this.random = random;
    }

    /// The Python packages of this enclave.
    @FunctionalInterface
    interface RuntimeSource {
        /// Checks every file of them against the lock of digest `agreed`.
        RuntimeCheck check(Sha256 agreed) throws IOException;
    }

    /// Makes the source of cells for an agreement, with packages that were checked.
    @FunctionalInterface
    interface CellStarter {
        /// Makes it.
        ///
        /// @param wheels what comes with the code, to be installed in every cell
        Cell.Factory forAgreement(
                VerifiedAgreement agreement, VerifiedRuntime runtime, Optional<Wheels> wheels);
    }

    /// An enclave that is ready for grants.
    ///
    /// @param enclave who it is
    /// @param code what its code bundle holds
    /// @param packages every package that a run has
    /// @param cells makes a cell for each run
    /// @param first a cell, started and warm
    record Prepared(
            Enclave enclave,
            Contents code,
            BillOfMaterials packages,
            Cell.Factory cells,
            Cell first) {}

    /// What a code bundle that is the agreed one holds.
    ///
    /// @param files how many
    /// @param packages that come with it, each in a wheel that its lock names
    /// @param wheels digests of those wheels by file name
    /// @param foreseen modules of the runtime that its `run.py` imports
    record Contents(
            int files,
            List<InstalledPackage> packages,
            Map<String, Sha256> wheels,
            List<String> foreseen) {
        Contents {
            packages = List.copyOf(packages);
            wheels = Map.copyOf(wheels);
            foreseen = List.copyOf(foreseen);
        }
    }

    /// Prepares the enclave and publishes its identity.
    ///
    /// @param expected digest of the agreement this enclave was started for
    /// @throws AgentStop if it can't be served here
    /// @throws IOException if the link or the platform fails
    Prepared prepare(Sha256 expected, Instant startedAt)
            throws AgentStop, IOException, InterruptedException {
        VerifiedAgreement agreement = agreement(expected);
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<BundleSummary> code = workers.submit(() -> code(agreement.code()));
            // No line of the packages is run before all of them are what their lock says.
            VerifiedRuntime packages =
                    intact(runtime.check(agreement.proposal().runtime().digest()));
            // What comes with the code is installed before anything else is there; who brings
            // nothing does not wait for the code.
            Optional<Contents> early =
                    agreement.code().lock().isPresent()
                            ? Optional.of(check(result(code), agreement, packages))
                            : Optional.empty();
            Cell.Factory factory =
                    cells.forAgreement(
                            agreement,
                            packages,
                            early.map(Contents::wheels)
                                    .filter(wheels -> !wheels.isEmpty())
                                    .map(wheels ->
                                            new BundleWheels(plane, agreement.code(), wheels)));
            Future<Cell> starting = workers.submit(factory::start);
            try {
                HybridIdentity sealing = HybridIdentity.generate(random);
                SigningKey signing = SigningKey.generate(random);
                Contents contents =
                        early.isPresent() ? early.get() : check(result(code), agreement, packages);
                Cell first = isolated(starting);
                requireLevel(first.level(), agreement.terms().isolation());
                // Nobody waits for that: it goes on until the run is there, if need be.
                first.warm(contents.foreseen());
                var identity =
                        new EnclaveIdentity(
                                agreement.computation(),
                                agreement.digest(),
                                sealing.recipient().text(),
                                signing.publicKey(),
                                agreement.proposal().runtime(),
                                first.level(),
                                SwapSpace.now(),
                                Instant.ofEpochSecond(startedAt.getEpochSecond()));
                EvidenceBundle bundle = evidence(identity);
                plane.publish(identity.canonical(), bundle.canonical());
                return new Prepared(
                        new Enclave(agreement, identity, bundle, sealing, signing),
                        contents,
                        packages(packages, contents),
                        () -> warmed(factory.start(), contents),
                        first);
            } catch (AgentStop | IOException | InterruptedException | RuntimeException e) {
                closeWhenStarted(starting);
                throw e;
            }
        }
    }

    private VerifiedAgreement agreement(Sha256 expected) throws AgentStop, IOException {
        ControlPlane.Job job = plane.job();
        VerifiedAgreement agreement;
        try {
            agreement = VerifiedAgreement.verify(job.agreement());
        } catch (MalformedException | NotAuthenticException | DocumentRefusedException e) {
            throw refused("the agreement does not hold: " + e.getMessage());
        }
        if (!agreement.digest().equals(expected)
                || !agreement.computation().equals(job.computation())) {
            throw refused("the agreement is another than this enclave was started for");
        }
        requireRecipients(agreement);
        return agreement;
    }

    /// Found out now rather than when there is a result to encrypt.
    private static void requireRecipients(VerifiedAgreement agreement) throws AgentStop {
        for (Card card : agreement.cards()) {
            try {
                Recipient.of(card.recipient(), "recipient");
            } catch (MalformedException _) {
                throw refused("the recipient of " + card.email() + " can't be encrypted to");
            }
        }
    }

    private BundleSummary code(CodeStatement statement) throws AgentStop, IOException {
        try (var blob = plane.blob(statement.bundle()).stream()) {
            var source =
                    new CheckedSource(blob.input(), statement.bundleBytes(), statement.bundle());
            try {
                BundleSummary summary = BundleSummary.read(source);
                if (source.endsAsPromised()) {
                    return summary;
                }
            } catch (MalformedException e) {
                if (source.endsAsPromised()) {
                    throw refused("the agreed code bundle is not one: " + e.getMessage());
                }
            }
            throw refused("the code bundle is not the one of the agreement");
        } catch (ControlPlaneRefusal e) {
            throw refused("the code bundle is not served: " + e.code());
        }
    }

    private static Contents check(
            BundleSummary summary, VerifiedAgreement agreement, VerifiedRuntime runtime)
            throws AgentStop {
        List<String> differences = summary.differencesFrom(agreement.code());
        if (!differences.isEmpty()) {
            throw refused(
                    "the code bundle differs from the code statement in "
                            + String.join(", ", differences));
        }
        List<InstalledPackage> packages = List.of();
        if (summary.lock().isPresent() && !isRuntimes(summary.lock().get(), agreement)) {
            packages = further(summary.lock().get(), summary.wheels(), runtime);
        } else if (summary.hasWheels()) {
            throw refused("the code bundle has wheels, and no requirements.lock that names them");
        }
        return new Contents(
                summary.paths().size(),
                packages,
                summary.wheels(),
                Foreseen.modules(
                        summary.run(),
                        runtime.installed().keySet(),
                        summary.paths().stream().map(BundlePath::clearPath).toList()));
    }

    private static BillOfMaterials packages(VerifiedRuntime runtime, Contents code) {
        return new BillOfMaterials(
                Stream.concat(
                                listed(runtime.packages(), BillOfMaterials.Origin.RUNTIME),
                                listed(code.packages(), BillOfMaterials.Origin.CODE))
                        .sorted(Comparator.comparing(BillOfMaterials.Component::name))
                        .toList());
    }

    private static Stream<BillOfMaterials.Component> listed(
            List<InstalledPackage> packages, BillOfMaterials.Origin origin) {
        return packages.stream()
                .map(one ->
                        new BillOfMaterials.Component(
                                one.name(), one.version(), one.wheel(), origin));
    }

    /// The agreed runtime's own lock asks for nothing more.
    private static boolean isRuntimes(Bytes lock, VerifiedAgreement agreement) {
        return Sha256.of(lock).equals(agreement.proposal().runtime().digest());
    }

    private static List<InstalledPackage> further(
            Bytes lock, Map<String, Sha256> wheels, VerifiedRuntime runtime) throws AgentStop {
        Map<String, String> preinstalled = new HashMap<>();
        runtime.packages().forEach(one -> preinstalled.put(one.name(), one.version()));
        try {
            var further = FurtherPackages.of(RuntimeLock.parse(lock), wheels, preinstalled);
            if (!further.problems().isEmpty()) {
                FurtherPackages.Problem problem = further.problems().getFirst();
                throw refused(
                        "the packages that come with the code: "
                                + problem.file()
                                + " "
                                + problem.sentence());
            }
            if (preinstalled.size() + wheels.size() > BillOfMaterials.MAX_PACKAGES) {
                throw refused(
                        "the runtime and the code have more than "
                                + BillOfMaterials.MAX_PACKAGES
                                + " packages");
            }
            return further.packages();
        } catch (MalformedException e) {
            throw refused("the code's requirements.lock: " + e.getMessage());
        }
    }

    private static VerifiedRuntime intact(RuntimeCheck check) throws AgentStop {
        return switch (check) {
            case RuntimeCheck.Intact(VerifiedRuntime packages) -> packages;
            case RuntimeCheck.Altered(List<String> problems) ->
                    throw refused(
                            "the installed packages are not those of the agreed runtime: "
                                    + problems.getFirst());
        };
    }

    private static Cell isolated(Future<Cell> starting)
            throws AgentStop, IOException, InterruptedException {
        try {
            return starting.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof WheelsRefusedException wheels) {
                throw refused(
                        "the packages that come with the code can't be installed: "
                                + wheels.getMessage());
            }
            if (e.getCause() instanceof SandboxException failure) {
                throw refused("this machine can't isolate a run: " + failure.getMessage());
            }
            throw failure(e);
        }
    }

    private static void requireLevel(IsolationLevel has, IsolationLevel demanded) throws AgentStop {
        if (has.compareTo(demanded) < 0) {
            throw refused(
                    "this machine isolates a run by "
                            + has
                            + " only, and the terms demand "
                            + demanded);
        }
    }

    private EvidenceBundle evidence(EnclaveIdentity identity) throws IOException {
        try {
            return EvidenceBundle.parse(evidence.evidence(identity.reportData()));
        } catch (MalformedException | UnknownKindException e) {
            throw new IOException("the platform's Evidence can't be read: " + e.getMessage(), e);
        }
    }

    private static <T> T result(Future<T> future)
            throws AgentStop, IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    /// What a worker threw, thrown on; the result is for the compiler.
    private static IOException failure(ExecutionException e)
            throws AgentStop, InterruptedException {
        return switch (e.getCause()) {
            case AgentStop stop -> throw stop;
            case InterruptedException interrupted -> throw interrupted;
            case RuntimeException bug -> throw bug;
            case Error error -> throw error;
            case IOException failure -> failure;
            case null, default -> throw new CloisterBugException("no other kind is thrown", e);
        };
    }

    private static void closeWhenStarted(Future<Cell> starting) {
        try {
            starting.get().close();
        } catch (ExecutionException _) {
            // It never started, so there is nothing to close.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static Cell warmed(Cell cell, Contents code) throws IOException {
        try {
            cell.warm(code.foreseen());
            return cell;
        } catch (IOException | RuntimeException e) {
            cell.close();
            throw e;
        }
    }

    private static AgentStop refused(String detail) {
        return new AgentStop(AgentStop.Reason.REFUSED, detail);
    }
}
