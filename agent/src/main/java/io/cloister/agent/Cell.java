package io.cloister.agent;

import io.cloister.agent.sandbox.InputDescription;
import io.cloister.agent.sandbox.InputFeed;
import io.cloister.agent.sandbox.RunObserver;
import io.cloister.agent.sandbox.RunReport;
import io.cloister.agent.sandbox.RunRequest;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.protocol.document.IsolationLevel;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/// A fresh interpreter, kept apart from everything, for exactly one run: it is filled, runs once
/// and is thrown away. What [io.cloister.agent.sandbox] provides; an interface so that what the
/// agent does around a run can be tested without one.
interface Cell extends AutoCloseable {
    /// Has the interpreter import `modules` of the runtime while it waits, before it is filled. One
    /// that can't be imported is passed over.
    void warm(List<String> modules) throws IOException;

    /// Opens the place for a file of the code.
    ///
    /// @param path as opened, from [io.cloister.crypto.bundle.BundlePath#clearPath]
    /// @param secret whether it was encrypted
    OutputStream addFile(String path, boolean secret) throws IOException, SandboxException;

    /// Opens the place for the next input.
    OutputStream addInput(InputDescription description) throws IOException, SandboxException;

    /// Announces the next input, which `feed` of [#run] will give.
    void addStream(InputDescription description) throws IOException, SandboxException;

    /// Runs `run.py` to its end.
    ///
    /// @throws IOException what `observer` threw, too
    RunReport run(RunRequest request, RunObserver observer, InputFeed feed)
            throws IOException, SandboxException;

    /// What it is kept apart by.
    IsolationLevel level();

    /// Kills what runs, from any thread.
    void stop();

    /// Kills what runs and leaves nothing behind.
    @Override
    void close();

    /// Makes cells.
    @FunctionalInterface
    interface Factory {
        /// Starts a cell and returns when it is isolated and its interpreter warm.
        ///
        /// @throws SandboxException if this machine can't isolate it
        Cell start() throws IOException, SandboxException, InterruptedException;
    }
}
