package io.cloister.client.code;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Where a project is to run, as far as it is known: what isn't known isn't checked, or less
/// sharply.
///
/// @param runtime what its lock says
/// @param modules all that can be imported from it, by top-level name; empty means whatever a
///   shipped runtime has
/// @param python the interpreter whose Python the code has to be, of the version in the enclave;
///   empty means whichever `python3` there is
/// @param memoryBytes the memory agreed on
public record CodeTarget(
        Optional<RuntimePackages> runtime,
        Optional<Set<String>> modules,
        Optional<Path> python,
        OptionalLong memoryBytes) {
    /// Nothing is known.
    public static final CodeTarget UNKNOWN =
            new CodeTarget(
                    Optional.empty(), Optional.empty(), Optional.empty(), OptionalLong.empty());

    public CodeTarget {
        modules = modules.map(Set::copyOf);
    }

    /// What Python is started as.
    String command() {
        return python.map(Path::toString).orElse("python3");
    }
}
