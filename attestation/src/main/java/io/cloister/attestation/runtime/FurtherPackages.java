package io.cloister.attestation.runtime;

import io.cloister.attestation.runtime.RuntimeLock.LockedPackage;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The packages that come with the code: its wheels held against its lock (spec/runtime.md §5). The
/// enclave and the Code Provider's own check use the same rules.
///
/// **Not checked here:** what is in a wheel, and whether it fits an interpreter.
///
/// @param packages one for each locked package whose wheel is right, by name
/// @param problems what is wrong; nothing may be installed if there are any
public record FurtherPackages(List<InstalledPackage> packages, List<Problem> problems) {
    public FurtherPackages {
        packages = List.copyOf(packages);
        problems = List.copyOf(problems);
    }

    /// Something that is wrong.
    ///
    /// @param code stable word, as in `wheel-missing`
    /// @param file which, as in the bundle
    /// @param sentence about it, without its name
    public record Problem(String code, String file, String sentence) {}

    /// Holds wheels against a lock.
    ///
    /// @param wheels SHA-256 by file name
    /// @param runtime what the agreed runtime has: versions by normalised name
    public static FurtherPackages of(
            RuntimeLock lock, Map<String, Sha256> wheels, Map<String, String> runtime) {
        var check = new Check(lock, runtime);
        new TreeMap<>(wheels).forEach(check::wheel);
        lock.packages().values().stream()
                .sorted(Comparator.comparing(LockedPackage::name))
                .forEach(check::locked);
        return new FurtherPackages(List.copyOf(check.packages.values()), check.problems);
    }

    private static final class Check {
        private final RuntimeLock lock;
        private final Map<String, String> runtime;
        private final Map<String, InstalledPackage> packages = new TreeMap<>();
        private final Map<String, String> seen = new LinkedHashMap<>();
        private final List<Problem> problems = new ArrayList<>();

        Check(RuntimeLock lock, Map<String, String> runtime) {
            this.lock = lock;
            this.runtime = runtime;
        }

        void wheel(String fileName, Sha256 digest) {
            String file = "wheels/" + fileName;
            WheelName name;
            try {
                name = WheelName.parse(fileName, file);
            } catch (MalformedException _) {
                problems.add(new Problem("wheel-name", file, "its name is no wheel's"));
                return;
            }
            Optional<LockedPackage> locked = lock.find(name);
            String before = seen.put(name.normalisedName(), fileName);
            if (locked.isEmpty()) {
                problems.add(new Problem("wheel-unlisted", file, "is not in requirements.lock"));
            } else if (before != null) {
                problems.add(
                        new Problem("wheel-twice", file, "is a second wheel beside " + before));
            } else if (!locked.get().hashes().contains(digest)) {
                problems.add(
                        new Problem(
                                "wheel-hash",
                                file,
                                "is " + digest + ", which is not its hash in requirements.lock"));
            } else {
                packages.put(
                        name.normalisedName(),
                        new InstalledPackage(name.normalisedName(), name.version(), digest));
            }
        }

        void locked(LockedPackage wanted) {
            String own = runtime.get(wanted.name());
            if (own != null) {
                problems.add(
                        new Problem(
                                "package-preinstalled",
                                RuntimeLock.FILE_NAME,
                                "has "
                                        + wanted.name()
                                        + " "
                                        + wanted.version()
                                        + ", but the runtime has "
                                        + own
                                        + " of its own, and none of its packages is replaced"));
            }
            if (!seen.containsKey(wanted.name())) {
                problems.add(
                        new Problem(
                                "wheel-missing",
                                RuntimeLock.FILE_NAME,
                                "has "
                                        + wanted.name()
                                        + " "
                                        + wanted.version()
                                        + ", whose wheel is not in wheels/"));
            }
        }
    }
}
