package io.cloister.client.code;

import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.protocol.document.RuntimeRef;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What a runtime has of its own, according to its lock.
///
/// @param ref its name and digest
/// @param versions by normalised name
public record RuntimePackages(RuntimeRef ref, Map<String, String> versions) {
    /// Top-level modules of packages that are not called like them.
    private static final Map<String, String> MODULES =
            Map.of(
                    "python-dateutil", "dateutil",
                    "scikit-learn", "sklearn",
                    "pyyaml", "yaml",
                    "pillow", "PIL",
                    "protobuf", "google");

    public RuntimePackages {
        versions = Map.copyOf(versions);
    }

    /// Those of a lock.
    ///
    /// @param name what proposals call the runtime
    public static RuntimePackages of(String name, RuntimeLock lock) {
        return new RuntimePackages(
                new RuntimeRef(name, lock.digest()),
                lock.packages().values().stream()
                        .collect(
                                Collectors.toMap(
                                        RuntimeLock.LockedPackage::name,
                                        RuntimeLock.LockedPackage::version)));
    }

    /// Names that no other package may bring, and whose they are: the main ones. The enclave, which
    /// has the packages themselves, knows all.
    Map<String, String> modules() {
        Map<String, String> modules = new TreeMap<>();
        versions.forEach((name, version) ->
                modules.put(
                        MODULES.getOrDefault(name, name.replace('-', '_')),
                        "the runtime's " + name + " " + version));
        return modules;
    }
}
