package io.cloister.attestation.runtime;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A runtime's lock: exact package versions and the SHA-256 of every artifact that may stand for
/// one (spec/runtime.md §2). It is pip's hashed-requirements format without options, markers,
/// extras and URLs.
///
/// @param digest SHA-256 of the file's bytes: the runtime's digest
/// @param packages by normalised name
public record RuntimeLock(Sha256 digest, Map<String, LockedPackage> packages) {
    /// Largest file in bytes.
    public static final int MAX_BYTES = 4 << 20;

    /// The file's name in a repository and in a built runtime.
    public static final String FILE_NAME = "requirements.lock";

    public RuntimeLock {
        packages = Map.copyOf(packages);
    }

    /// One package.
    ///
    /// @param name normalised: lower case, runs of `-`, `_` and `.` as one `-` (PEP 503)
    /// @param version exactly this
    /// @param hashes of the artifacts that may stand for it, at least one
    public record LockedPackage(String name, String version, Set<Sha256> hashes) {
        public LockedPackage {
            hashes = Set.copyOf(hashes);
        }
    }

    /// The package of that name and version, if it is locked.
    public Optional<LockedPackage> find(WheelName wheel) {
        return Optional.ofNullable(packages.get(wheel.normalisedName()))
                .filter(locked -> locked.version().equals(wheel.version()));
    }

    /// Reads a lock file's bytes.
    ///
    /// @throws MalformedException if they are no such lock, naming the line
    public static RuntimeLock parse(Bytes file) throws MalformedException {
        if (file.length() > MAX_BYTES) {
            throw new MalformedException(
                    "lock", "at most " + MAX_BYTES + " bytes", file.length() + " bytes");
        }
        for (int i = 0; i < file.length(); i++) {
            int value = file.at(i);
            if (value != '\n' && (value < ' ' || value > '~')) {
                throw new MalformedException(
                        "lock",
                        "printable ASCII and line feeds",
                        "byte " + value + " at offset " + i);
            }
        }
        var packages = new LinkedHashMap<String, LockedPackage>();
        List<String> lines = new String(file.toArray(), StandardCharsets.US_ASCII).lines().toList();
        for (LockedPackage locked : new RuntimeLockReader(lines).read()) {
            if (packages.put(locked.name(), locked) != null) {
                throw new MalformedException("lock", "each package once", locked.name());
            }
        }
        return new RuntimeLock(Sha256.of(file), packages);
    }

    /// PEP 503's normal form of a package name.
    static String normalised(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
    }
}
