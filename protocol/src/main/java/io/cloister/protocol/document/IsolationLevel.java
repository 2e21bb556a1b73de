package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;

/// How strongly user code is kept apart inside the enclave, weakest first. A level is claimed in
/// the identity; below the agreement's least level an agent publishes nothing.
public enum IsolationLevel {
    /// Own user, mount, process, network, IPC and host-name namespaces, a private root, no
    /// capabilities, a system-call allow-list, resource limits and a watchdog (spec/sandbox.md).
    NAMESPACES,
    /// The same, and a cgroup whose memory and tasks the kernel itself bounds, its own for the
    /// sandbox included.
    CGROUPS;

    /// Reads the word on the wire.
    ///
    /// @throws MalformedException if there is no such word, naming `path`
    public static IsolationLevel parse(String text, String path) throws MalformedException {
        return Words.parse(IsolationLevel.class, text, path);
    }

    /// The word on the wire.
    public String word() {
        return Words.of(this);
    }

    @Override
    public String toString() {
        return word();
    }
}
