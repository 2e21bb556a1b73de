package io.cloister.attestation.measurement;

import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/// The agent as built. Launchers start from it and measure it; a participant measures its own build
/// of it.
///
/// @param lib folder that holds the agent's jars and nothing else
/// @param python folder of the Python package: everything under it is measured
public record EnclaveImage(Path lib, Path python) {
    /// The jars, ordered by name: the agent's class path.
    ///
    /// @throws IOException if the folder can't be read, or holds no jar or anything but jars
    public List<Path> jars() throws IOException {
        List<Path> jars;
        try (var entries = Files.list(lib)) {
            jars = entries.sorted().toList();
        }
        for (Path jar : jars) {
            if (!jar.toString().endsWith(".jar")
                    || !Files.isRegularFile(jar, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException("an enclave image's lib folder holds jars only, not " + jar);
            }
        }
        if (jars.isEmpty()) {
            throw new IOException("no jars in " + lib);
        }
        return jars;
    }

    /// Measures the image as it is now, together with a runtime.
    ///
    /// @param runtime digest of the runtime's lock file
    /// @throws IOException if files can't be read or aren't plain files, or Python has left
    ///   compiled code among them, which it would load in place of what everyone can read
    public Measurement measure(Sha256 runtime) throws IOException {
        jars();
        List<MeasuredFile> sources = MeasuredFiles.under(python);
        for (MeasuredFile file : sources) {
            if (file.name().endsWith(".pyc")) {
                throw new IOException(
                        "remove the compiled Python at "
                                + python.resolve(file.name()).getParent()
                                + ": it would be loaded in place of its source");
            }
        }
        return new Measurement(
                Measurements.ofFiles("agent", MeasuredFiles.under(lib)),
                Measurements.ofFiles("python", sources),
                runtime);
    }
}
