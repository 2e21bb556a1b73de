package io.cloister.agent;

import io.cloister.agent.sandbox.InputFeed;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Opening;
import io.cloister.protocol.Email;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// The inputs of a run whose terms stream them: fetched, opened and digested while user code reads
/// them. What is not what its provider signed ends the run; [#finish] reads and checks whatever
/// user code has left unread. Until [#allChecked] nothing of the run may leave.
///
/// One thread opens and reads, [#finish] is called when that has ended, the rest by any.
final class StreamedInputs implements InputFeed, AutoCloseable {
    private final ControlPlane plane;
    private final List<Input> inputs;
    private final List<Optional<Passing>> passing;
    private final AtomicInteger checked = new AtomicInteger();
    private volatile Optional<RunRefusedException> refusal = Optional.empty();

    /// One input.
    ///
    /// @param file what the provider signed
    /// @param opening with the key the provider granted
    record Input(PlannedInput file, Opening opening) {
        Email whose() {
            return file.whose();
        }
    }

    /// @param inputs in the order of their streams
    StreamedInputs(ControlPlane plane, List<Input> inputs) {
        this.plane = plane;
        this.inputs = List.copyOf(inputs);
        this.passing = new ArrayList<>();
        inputs.forEach(_ -> passing.add(Optional.empty()));
    }

    /// Whether each of them has been read to its end and was what its provider signed.
    boolean allChecked() {
        return checked.get() == inputs.size();
    }

    /// Why the run was ended, if it was because of an input.
    Optional<RunRefusedException> refusal() {
        return refusal;
    }

    @Override
    public InputStream open(int stream) throws IOException {
        try {
            Passing one = begin(stream);
            return one.opened();
        } catch (RunRefusedException e) {
            throw ended(e);
        }
    }

    private synchronized Passing begin(int stream) throws RunRefusedException {
        Input input = inputs.get(stream);
        try {
            var one = new Passing(input, plane.blob(input.file().ciphertext()));
            passing.set(stream, Optional.of(one));
            return one;
        } catch (IOException _) {
            throw BlobKind.INPUT.missing(input.whose());
        }
    }

    private IOException ended(RunRefusedException reason) {
        refusal = Optional.of(reason);
        return new IOException(reason);
    }

    /// Reads what user code has not, to the end, and checks it.
    ///
    /// @throws RunRefusedException if one is not what its provider signed, or not served to its end
    ///   in time, also if that showed before
    void finish() throws RunRefusedException {
        if (refusal.isPresent()) {
            throw refusal.get();
        }
        for (int stream = 0; stream < inputs.size(); stream++) {
            Optional<Passing> begun = begun(stream);
            (begun.isPresent() ? begun.get() : begin(stream)).check();
        }
    }

    private synchronized Optional<Passing> begun(int stream) {
        return passing.get(stream);
    }

    /// Lets go of what is still on its way.
    @Override
    public synchronized void close() {
        passing.forEach(one -> one.ifPresent(Passing::letGo));
    }

    /// One ciphertext on its way.
    private final class Passing {
        private final Input input;
        private final ControlPlane.Blob blob;
        private final CheckedSource source;
        private boolean right;
        private Optional<RunRefusedException> wrong = Optional.empty();

        Passing(Input input, ControlPlane.Blob blob) {
            this.input = input;
            this.blob = blob;
            this.source =
                    new CheckedSource(
                            blob.stream().input(),
                            input.file().ciphertextBytes(),
                            input.file().ciphertext());
        }

        /// Its content.
        InputStream opened() throws RunRefusedException {
            try {
                return new Content(input.opening().open(source));
            } catch (AgeException _) {
                check();
                throw BlobKind.INPUT.unopened(input.whose());
            } catch (IOException _) {
                throw BlobKind.INPUT.missing(input.whose());
            }
        }

        /// Reads the rest and checks all of it. What it found holds ever after, and what did not
        /// come to its end was not what was signed.
        synchronized void check() throws RunRefusedException {
            if (wrong.isPresent()) {
                throw wrong.get();
            }
            if (right) {
                return;
            }
            try {
                if (!source.endsAsPromised()) {
                    wrong = Optional.of(BlobKind.INPUT.changed(input.whose()));
                }
            } catch (IOException _) {
                wrong = Optional.of(BlobKind.INPUT.missing(input.whose()));
            } finally {
                letGo();
            }
            if (wrong.isPresent()) {
                throw wrong.get();
            }
            right = true;
            checked.incrementAndGet();
        }

        void letGo() {
            blob.stream().close();
        }

        /// Gives nothing as the end that is not the end of what was signed.
        private final class Content extends InputStream {
            private final InputStream clear;

            Content(InputStream clear) {
                this.clear = clear;
            }

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                try {
                    int count = clear.read(into, offset, length);
                    if (count < 0) {
                        check();
                    }
                    return count;
                } catch (AgeException _) {
                    throw ended(unopened());
                } catch (RunRefusedException e) {
                    throw ended(e);
                } catch (IOException _) {
                    throw ended(BlobKind.INPUT.missing(input.whose()));
                }
            }

            /// What does not open is either not what was signed, or was no file for this key.
            private RunRefusedException unopened() {
                try {
                    check();
                } catch (RunRefusedException e) {
                    return e;
                }
                return BlobKind.INPUT.unopened(input.whose());
            }

            @Override
            public void close() throws IOException {
                try {
                    check();
                } catch (RunRefusedException e) {
                    throw ended(e);
                }
            }
        }
    }
}
