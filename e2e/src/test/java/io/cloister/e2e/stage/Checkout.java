package io.cloister.e2e.stage;

import io.cloister.attestation.measurement.EnclaveImage;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.launcher.runtime.PythonFinder;
import io.cloister.launcher.runtime.RuntimeStore;

import java.nio.file.Files;
import java.nio.file.Path;

/// What the build made, found from where the tests run.
public final class Checkout {
    private Checkout() {}

    /// The repository's root.
    public static Path root() {
        Path here = Path.of("").toAbsolutePath();
        while (here != null && !Files.isDirectory(here.resolve("runtimes"))) {
            here = here.getParent();
        }
        if (here == null) {
            throw new IllegalStateException("the tests run inside the repository");
        }
        return here;
    }

    /// The agent as packaged by this build.
    public static EnclaveImage image() {
        return new EnclaveImage(root().resolve("agent/target/app"), root().resolve("agent/python"));
    }

    /// A runtime of this repository, built into the user's cache, or reused from it.
    public static BuiltRuntime runtime(String name) throws Exception {
        var store =
                new RuntimeStore(
                        RuntimeStore.defaultCache(System.getenv()), System.getenv(), _ -> {});
        return store.prepare(
                name,
                root().resolve("runtimes").resolve(name).resolve("requirements.lock"),
                new PythonFinder(System.getenv()).find());
    }
}
