package io.cloister.launcher;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/// One started enclave. Safe for use by several threads; the two streams are each for one thread at
/// a time.
public interface EnclaveHandle {
    /// The id it was ordered under.
    EnclaveId id();

    /// The bytes the agent sends over its link. Ends (or fails) when the enclave does. Never
    /// bounded or checked here.
    InputStream fromAgent();

    /// The bytes the agent receives over its link. Unbuffered. Fails with an `IOException` once the
    /// enclave is gone.
    OutputStream toAgent();

    /// Whether the enclave still exists. It says nothing about whether the agent makes progress:
    /// that is what the link's heartbeat is for.
    boolean isAlive();

    /// How it ended, if it has.
    Optional<EnclaveExit> exit();

    /// Completes, normally always, when the enclave has ended and everything it left on this
    /// machine is removed.
    CompletionStage<EnclaveExit> onExit();

    /// Ends the enclave: closes its link, gives the agent `grace` to leave, then kills it with
    /// everything it started. Returns when it is gone; does nothing if it is gone already.
    ///
    /// @param grace zero or more; zero kills at once
    /// @throws InterruptedException if the waiting thread is interrupted; the enclave is killed
    ///   then too
    void stop(Duration grace) throws InterruptedException;
}
