package io.cloister.client.code;

/// What packages are resolved for.
///
/// @param minor the second number of the enclave's CPython 3
/// @param machine the enclave's processor, as in `x86_64`
public record PythonTarget(int minor, String machine) {
    private static final int LEAST_MINOR = 11;
    private static final int MOST_MINOR = 99;

    public PythonTarget {
        if (minor < LEAST_MINOR || minor > MOST_MINOR) {
            throw new IllegalArgumentException("enclaves have CPython 3.11 or newer");
        }
        if (!machine.equals("x86_64") && !machine.equals("aarch64")) {
            throw new IllegalArgumentException("enclaves have processors x86_64 or aarch64");
        }
    }

    /// As in `CPython 3.11 on Linux x86_64`.
    @Override
    public String toString() {
        return "CPython 3." + minor + " on Linux " + machine;
    }
}
