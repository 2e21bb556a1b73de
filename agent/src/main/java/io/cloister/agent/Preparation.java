package io.cloister.agent;

import io.cloister.agent.evidence.EvidenceSource;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.agent.sandbox.Wheels;
import io.cloister.agent.sandbox.WheelsRefusedException;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.attestation.runtime.InstalledPackage;
import io.cloister.attestation.runtime.RuntimeCheck;
import io.cloister.attestation.runtime.VerifiedRuntime;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.Identity;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.ServedAgreement;
import io.cloister.protocol.dsse.Envelope;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
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
                ServedAgreement agreement, VerifiedRuntime runtime, Optional<Wheels> wheels);
    }

    /// An enclave that is ready for what its participants hand over.
    ///
    /// @param enclave who it is
    /// @param suite opens what is handed over
    /// @param code puts the code into a cell
    /// @param packages every package that a run has
    /// @param cells makes a cell for each run
    /// @param first a cell, started and warm
    record Prepared(
            Enclave enclave,
            Suite suite,
            CodeLoader code,
            BillOfMaterials packages,
            Cell.Factory cells,
            Cell first) {}

    /// Prepares the enclave and publishes its identity.
    ///
    /// @param dialect of the agreement this enclave was started for
    /// @param expected digest of that agreement
    /// @throws AgentStop if it can't be served here
    /// @throws IOException if the link or the platform fails
    Prepared prepare(Dialect dialect, Sha256 expected, Instant startedAt)
            throws AgentStop, IOException, InterruptedException {
        Suite suite = suite(dialect, expected);
        ServedAgreement agreement = suite.agreement();
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Suite.ReadCode> code = workers.submit(() -> code(suite));
            // No line of the packages is run before all of them are what their lock says.
            VerifiedRuntime packages = intact(runtime.check(agreement.runtime().digest()));
            // What comes with the code is installed before anything else is there; who brings
            // nothing does not wait for the code.
            Optional<Contents> early =
                    suite.bringsPackages()
                            ? Optional.of(result(code).check(packages))
                            : Optional.empty();
            Cell.Factory factory =
                    cells.forAgreement(
                            agreement,
                            packages,
                            early.map(Contents::wheels)
                                    .filter(wheels -> !wheels.isEmpty())
                                    .map(wheels ->
                                            new BundleWheels(
                                                    plane, agreement.codeDigests(), wheels)));
            Future<Cell> starting = workers.submit(factory::start);
            try {
                SigningKey signing = SigningKey.generate(random);
                Contents contents = early.isPresent() ? early.get() : result(code).check(packages);
                Cell first = isolated(starting);
                requireLevel(first.level(), agreement.terms().isolation());
                // Nobody waits for that: it goes on until the run is there, if need be.
                first.warm(contents.foreseen());
                Identity identity =
                        suite.identity(
                                signing.publicKey(),
                                first.level(),
                                Instant.ofEpochSecond(startedAt.getEpochSecond()));
                EvidenceBundle bundle = evidence(identity);
                plane.publish(identity.canonical(), bundle.canonical());
                return new Prepared(
                        new Enclave(agreement, identity, bundle, signing),
                        suite,
                        contents.loader(),
                        packages(packages, contents),
                        () -> warmed(factory.start(), contents),
                        first);
            } catch (AgentStop | IOException | InterruptedException | RuntimeException e) {
                closeWhenStarted(starting);
                throw e;
            }
        }
    }

    private Suite suite(Dialect dialect, Sha256 expected) throws AgentStop, IOException {
        ControlPlane.Job job = plane.job();
        Suite suite =
                switch (job.agreement()) {
                    case ControlPlane.Job.Signed(Envelope envelope)
                            when dialect == Dialect.CLOISTER ->
                            NativeSuite.of(envelope, random);
                    case ControlPlane.Job.Asserted(Bytes canonical)
                            when dialect == Dialect.COSMIAN ->
                            CosmianSuite.of(canonical, random);
                    case ControlPlane.Job.Signed _, ControlPlane.Job.Asserted _ ->
                            throw AgentStop.refused(
                                    "the agreement is of another dialect than this enclave was"
                                            + " started for");
                };
        ServedAgreement agreement = suite.agreement();
        if (!agreement.digest().equals(expected)
                || !agreement.computation().equals(job.computation())) {
            throw AgentStop.refused("the agreement is another than this enclave was started for");
        }
        return suite;
    }

    private Suite.ReadCode code(Suite suite) throws AgentStop, IOException {
        CodeDigests agreed = suite.agreement().codeDigests();
        try (var blob = plane.blob(agreed.bundle()).stream()) {
            var source = new CheckedSource(blob.input(), agreed.bundleBytes(), agreed.bundle());
            try {
                Suite.ReadCode code = suite.read(source);
                if (source.endsAsPromised()) {
                    return code;
                }
            } catch (MalformedException e) {
                if (source.endsAsPromised()) {
                    throw AgentStop.refused("the agreed code bundle is not one: " + e.getMessage());
                }
            }
            throw AgentStop.refused("the code bundle is not the one of the agreement");
        } catch (ControlPlaneRefusal e) {
            throw AgentStop.refused("the code bundle is not served: " + e.code());
        }
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

    private static VerifiedRuntime intact(RuntimeCheck check) throws AgentStop {
        return switch (check) {
            case RuntimeCheck.Intact(VerifiedRuntime packages) -> packages;
            case RuntimeCheck.Altered(List<String> problems) ->
                    throw AgentStop.refused(
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
                throw AgentStop.refused(
                        "the packages that come with the code can't be installed: "
                                + wheels.getMessage());
            }
            if (e.getCause() instanceof SandboxException failure) {
                throw AgentStop.refused(
                        "this machine can't isolate a run: " + failure.getMessage());
            }
            throw failure(e);
        }
    }

    private static void requireLevel(IsolationLevel has, IsolationLevel demanded) throws AgentStop {
        if (has.compareTo(demanded) < 0) {
            throw AgentStop.refused(
                    "this machine isolates a run by "
                            + has
                            + " only, and the terms demand "
                            + demanded);
        }
    }

    private EvidenceBundle evidence(Identity identity) throws IOException {
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
}
