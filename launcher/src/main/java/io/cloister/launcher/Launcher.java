package io.cloister.launcher;

import io.cloister.protocol.document.RuntimeRef;

import java.util.List;

/// Starts enclaves of one kind on the operator's machines.
///
/// A launcher is part of the untrusted side: nothing it says is believed by a participant, who
/// checks the Evidence instead. Implementations are safe for use by several threads. There is no
/// queue in here: how many enclaves exist at a time, and which computation is next, is the caller's
/// decision.
public interface Launcher extends AutoCloseable {
    /// The kind's short name, such as `process`.
    String kind();

    /// Whether its enclaves' Evidence is simulated, so that they protect nothing from the operator.
    boolean isSimulated();

    /// The runtimes it can start enclaves with, in the order of the operator's preference.
    List<RuntimeRef> runtimes();

    /// Starts an enclave and returns when its agent has connected its link.
    ///
    /// @throws LaunchException if the runtime is not offered, or the agent doesn't come up in the
    ///   launcher's time limit; nothing of it is left running then
    /// @throws InterruptedException if the waiting thread is interrupted; nothing is left running
    ///   then either
    EnclaveHandle start(EnclaveOrder order) throws LaunchException, InterruptedException;

    /// Kills every enclave this launcher started and waits until they are gone.
    @Override
    void close();
}
