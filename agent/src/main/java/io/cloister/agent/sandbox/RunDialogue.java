package io.cloister.agent.sandbox;

import java.io.IOException;
import java.util.Optional;

/// Follows what a running sandbox says until its connection ends. Not thread-safe.
final class RunDialogue {
    private final LoaderMessageReader loader;
    private final OutputLedger outputs;
    private Optional<LoaderMessage.Finished> finished = Optional.empty();
    private Optional<String> traceback = Optional.empty();

    RunDialogue(LoaderMessageReader loader, OutputLedger outputs) {
        this.loader = loader;
        this.outputs = outputs;
    }

    /// How the run ended as far as its own words go. Empty if it ended without a last word.
    Optional<LoaderMessage.Finished> finished() {
        return finished;
    }

    Optional<String> traceback() {
        return traceback;
    }

    /// Follows to the end of the connection, or to the first result that is too large.
    ///
    /// @return whether all results kept to their bound
    /// @throws ViolationException if the sandbox sent what it must not
    /// @throws IOException if the observer gave up; a connection that breaks is an end like any
    ///   other
    boolean follow() throws IOException, ViolationException {
        for (Optional<LoaderMessage> next = next(); next.isPresent(); next = next()) {
            if (finished.isPresent()) {
                throw new ViolationException("a frame after the last one");
            }
            if (!take(next.get())) {
                return false;
            }
        }
        return true;
    }

    private Optional<LoaderMessage> next() throws ViolationException {
        try {
            return loader.next();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private boolean take(LoaderMessage message) throws IOException, ViolationException {
        switch (message) {
            case LoaderMessage.Open open -> outputs.open(open);
            case LoaderMessage.Write write -> {
                return outputs.write(
                        write.id(), loader.buffer(), loader.writtenOffset(), write.length());
            }
            case LoaderMessage.Close close -> outputs.close(close.id());
            case LoaderMessage.Traceback text -> {
                if (traceback.isPresent()) {
                    throw new ViolationException("a second traceback");
                }
                traceback = Optional.of(text.text());
            }
            case LoaderMessage.Finished last -> finished = Optional.of(last);
            case LoaderMessage.Ready _, LoaderMessage.Unready _, LoaderMessage.Uninstallable _ ->
                    throw new ViolationException("a frame that belongs before the start");
        }
        return true;
    }
}
