package io.cloister.agent;

import io.cloister.agent.sandbox.InputDescription;
import io.cloister.agent.sandbox.InputFeed;
import io.cloister.agent.sandbox.RunObserver;
import io.cloister.agent.sandbox.RunReport;
import io.cloister.agent.sandbox.RunRequest;
import io.cloister.agent.sandbox.Sandbox;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.protocol.document.IsolationLevel;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/// A cell that is a [Sandbox].
///
/// @param sandbox which
record SandboxCell(Sandbox sandbox) implements Cell {
    @Override
    public void warm(List<String> modules) throws IOException {
        sandbox.warm(modules);
    }

    @Override
    public OutputStream addFile(String path, boolean secret) throws IOException {
        return sandbox.addFile(path, secret);
    }

    @Override
    public OutputStream addInput(InputDescription description) throws IOException {
        return sandbox.addInput(description);
    }

    @Override
    public void addStream(InputDescription description) throws IOException {
        sandbox.addStream(description);
    }

    @Override
    public RunReport run(RunRequest request, RunObserver observer, InputFeed feed)
            throws IOException, SandboxException {
        return sandbox.run(request, observer, feed);
    }

    @Override
    public IsolationLevel level() {
        return sandbox.level();
    }

    @Override
    public void stop() {
        sandbox.stop();
    }

    @Override
    public void close() {
        sandbox.close();
    }
}
