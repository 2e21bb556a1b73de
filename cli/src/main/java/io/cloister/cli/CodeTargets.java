package io.cloister.cli;

import io.cloister.attestation.runtime.RuntimeFolder;
import io.cloister.client.code.CodeTarget;
import io.cloister.client.code.RuntimePackages;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.launcher.runtime.PythonFinder;
import io.cloister.launcher.runtime.RuntimeStore;
import io.cloister.launcher.runtime.RuntimeUnavailableException;
import io.cloister.protocol.document.Terms;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/// What a project is checked against.
final class CodeTargets {
    private CodeTargets() {}

    /// A runtime on these terms. What of it is on this machine is looked at, nothing is fetched.
    static CodeTarget of(World world, Optional<RuntimePackages> runtime, Terms terms)
            throws IOException, InterruptedException {
        Optional<BuiltRuntime> built =
                runtime.isPresent() ? built(world, runtime.get()) : Optional.empty();
        if (built.isPresent()) {
            return of(built.get(), runtime, terms);
        }
        return new CodeTarget(
                runtime, Optional.empty(), Optional.empty(), OptionalLong.of(terms.memoryBytes()));
    }

    private static Optional<BuiltRuntime> built(World world, RuntimePackages runtime)
            throws InterruptedException {
        try {
            return new RuntimeStore(
                            RuntimeStore.defaultCache(world.environment()),
                            world.environment(),
                            _ -> {})
                    .find(runtime.ref(), new PythonFinder(world.environment()).find());
        } catch (RuntimeUnavailableException _) {
            return Optional.empty();
        }
    }

    /// A runtime that is ready here, on these terms.
    static CodeTarget of(BuiltRuntime built, Optional<RuntimePackages> runtime, Terms terms)
            throws IOException {
        return new CodeTarget(
                runtime,
                Optional.of(modules(built.folder())),
                Optional.of(built.python().executable()),
                OptionalLong.of(terms.memoryBytes()));
    }

    /// Names that can be imported: packages and namespaces, modules, extension modules.
    private static Set<String> modules(RuntimeFolder runtime) throws IOException {
        try (var entries = Files.list(runtime.sitePackages())) {
            return entries.map(CodeTargets::module)
                    .filter(name -> name.matches("[A-Za-z_][A-Za-z0-9_]*"))
                    .collect(Collectors.toSet());
        }
    }

    private static String module(Path entry) {
        String name = String.valueOf(entry.getFileName());
        boolean file = name.endsWith(".py") || name.endsWith(".so");
        return file ? name.substring(0, name.indexOf('.')) : name;
    }
}
