package io.cloister.agent.sandbox;

import io.cloister.protocol.document.IsolationLevel;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// How to start a [Sandbox]: all that is known before any code or data is there.
///
/// @param python the interpreter, from [PythonInterpreter#find]
/// @param packageFolder the folder that holds our Python packages `cloister` and `cosmian_lib_sgx`
///   and `supervise.py`
/// @param runtime the runtime's packages, if it has any
/// @param preload modules to import before the sandbox is ready, so that the run need not wait for
///   them
/// @param limits what the run may use
/// @param uid the user to run as when this process is root; empty means a free one above 50,000
///   chosen per sandbox
/// @param folder where to make the private folder of the sandbox's sockets; a short path, as a
///   socket's path has at most 107 bytes
/// @param least the least isolation that will do; what this machine has beyond is used
public record SandboxSettings(
        PythonInterpreter python,
        Path packageFolder,
        Optional<RuntimeFiles> runtime,
        List<String> preload,
        Limits limits,
        OptionalInt uid,
        Path folder,
        IsolationLevel least) {
    public SandboxSettings {
        packageFolder = packageFolder.toAbsolutePath().normalize();
        preload = List.copyOf(preload);
        if (uid.isPresent() && uid.getAsInt() <= 0) {
            throw new IllegalArgumentException("uid is not positive");
        }
    }

    /// Settings without packages, in the system's temporary folder.
    public static SandboxSettings of(PythonInterpreter python, Path packageFolder, Limits limits) {
        return new SandboxSettings(
                python,
                packageFolder,
                Optional.empty(),
                List.of(),
                limits,
                OptionalInt.empty(),
                Path.of(System.getProperty("java.io.tmpdir", "/tmp")),
                IsolationLevel.NAMESPACES);
    }

    /// The same with these packages, `preload` of them imported ahead of the run.
    public SandboxSettings withPackages(RuntimeFiles packages, List<String> modules) {
        return new SandboxSettings(
                python, packageFolder, Optional.of(packages), modules, limits, uid, folder, least);
    }

    /// The same with no less isolation than this.
    SandboxSettings withLeast(IsolationLevel level) {
        return new SandboxSettings(
                python, packageFolder, runtime, preload, limits, uid, folder, level);
    }
}
