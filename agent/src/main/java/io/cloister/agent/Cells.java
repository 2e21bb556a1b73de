package io.cloister.agent;

import io.cloister.agent.sandbox.Limits;
import io.cloister.agent.sandbox.PythonInterpreter;
import io.cloister.agent.sandbox.Sandbox;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.agent.sandbox.SandboxSettings;
import io.cloister.agent.sandbox.Wheels;
import io.cloister.attestation.runtime.VerifiedRuntime;
import io.cloister.protocol.document.ServedAgreement;
import io.cloister.protocol.document.Terms;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Makes sandboxed cells as an agreement's terms demand.
///
/// @param python path of the interpreter
/// @param pythonPackage folder of our Python packages
/// @param scratch private folder for sockets
public record Cells(Path python, Path pythonPackage, Path scratch)
        implements Preparation.CellStarter {
    /// What is worth importing before anything secret is there: slow to import, and used by most
    /// who have it.
    private static final List<String> PRELOADED = List.of("numpy", "pandas");

    private static final int LOG_BYTES = 1 << 20;

    @Override
    public Cell.Factory forAgreement(
            ServedAgreement agreement, VerifiedRuntime runtime, Optional<Wheels> wheels) {
        return () -> new SandboxCell(Sandbox.start(settings(agreement.terms(), runtime), wheels));
    }

    /// How an interpreter for a run on these terms and packages is started.
    ///
    /// @throws SandboxException if there is no usable interpreter
    public SandboxSettings settings(Terms terms, VerifiedRuntime runtime)
            throws SandboxException, InterruptedException {
        List<String> preload =
                PRELOADED.stream()
                        .filter(name -> runtime.installed().containsKey(name + "/__init__.py"))
                        .toList();
        return new SandboxSettings(
                PythonInterpreter.at(python),
                pythonPackage,
                Optional.of(Packages.of(runtime)),
                preload,
                limits(terms),
                OptionalInt.empty(),
                scratch,
                terms.isolation());
    }

    private static Limits limits(Terms terms) {
        return new Limits(
                terms.memoryBytes(),
                Duration.ofSeconds(terms.cpuSeconds()),
                Duration.ofSeconds(terms.wallSeconds()),
                Math.toIntExact(terms.processes()),
                Math.toIntExact(terms.cores()),
                terms.outputBytes(),
                terms.outputReaders().isEmpty() ? 0 : LOG_BYTES);
    }
}
