package io.cloister.agent;

import io.cloister.agent.sandbox.RuntimeFiles;
import io.cloister.agent.sandbox.RuntimeFiles.Content;
import io.cloister.agent.sandbox.RuntimeFiles.Part;
import io.cloister.attestation.runtime.VerifiedRuntime;
import io.cloister.attestation.runtime.Wheel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Which files of a runtime a sandbox gets, and when: what only developers of packages use never,
/// large packages when they are first imported, all else at its start.
final class Packages {
    /// In bytes. Asking for a package costs more than copying a smaller one.
    private static final long LARGE = 1 << 20;

    /// What only a test runner, a compiler or a linker reads.
    private static final Pattern FOR_DEVELOPERS =
            Pattern.compile("(?:.*/)?tests/(?:.*/)?test_[^/]*\\.py|.*\\.(?:h|hpp|a|pyx|pxd)");

    /// What a package says about itself is asked for without importing it.
    private static final Pattern DESCRIPTION = Pattern.compile("[^/]+\\.dist-info/.*");

    private Packages() {}

    static RuntimeFiles of(VerifiedRuntime runtime) {
        return of(runtime.sitePackages(), runtime.installed());
    }

    static RuntimeFiles of(Path folder, Map<String, Wheel.Installed> installed) {
        Map<String, Content> atStart = new HashMap<>();
        Map<String, Map<String, Content>> distributions = new TreeMap<>();
        installed.forEach((path, file) -> {
            var content = new Content(file.size(), file.digest());
            if (DESCRIPTION.matcher(path).matches()) {
                atStart.put(path, content);
            } else if (!FOR_DEVELOPERS.matcher(path).matches()) {
                distributions
                        .computeIfAbsent(file.distribution(), _ -> new HashMap<>())
                        .put(path, content);
            }
        });
        List<Part> parts = new ArrayList<>();
        distributions.forEach((name, files) -> {
            if (files.values().stream().mapToLong(Content::size).sum() < LARGE) {
                atStart.putAll(files);
            } else {
                parts.add(new Part(name, files));
            }
        });
        return new RuntimeFiles(folder, atStart, parts);
    }
}
