package io.cloister.launcher.runtime;

import java.nio.file.Path;

/// A CPython on this machine.
///
/// @param executable its real path: no link, no shim, no virtual environment
/// @param major first number of its version
/// @param minor second number of its version
/// @param abi its ABI's name, such as `cpython-311-x86_64-linux-gnu`: wheels unpacked for one don't
///   fit another
/// @param hasPip whether it can run pip
public record PythonInterpreter(Path executable, int major, int minor, String abi, boolean hasPip) {
    /// Whether runtimes can be built for it.
    public boolean isNewEnough() {
        return major == PythonFinder.MAJOR && minor >= PythonFinder.LEAST_MINOR;
    }

    /// Its version, such as `3.11`.
    public String version() {
        return major + "." + minor;
    }
}
