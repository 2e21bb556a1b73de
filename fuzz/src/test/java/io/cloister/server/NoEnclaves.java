package io.cloister.server;

import io.cloister.launcher.EnclaveHandle;
import io.cloister.launcher.EnclaveOrder;
import io.cloister.launcher.LaunchException;
import io.cloister.launcher.Launcher;
import io.cloister.protocol.document.RuntimeRef;

import java.util.List;

/// Starts nothing.
final class NoEnclaves implements Launcher {
    @Override
    public String kind() {
        return "none";
    }

    @Override
    public boolean isSimulated() {
        return true;
    }

    @Override
    public List<RuntimeRef> runtimes() {
        return List.of();
    }

    @Override
    public EnclaveHandle start(EnclaveOrder order) throws LaunchException {
        throw new LaunchException("there are none");
    }

    @Override
    public void close() {}
}
