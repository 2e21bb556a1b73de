package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.Papers;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Stream;

/// Ciphertexts on disk. A blob is written under a temporary name, synced, moved, its folder synced,
/// and only then recorded; so whatever is recorded is complete, and what is not recorded is swept
/// at the next start. Safe for use by several threads.
final class BlobStore {
    private static final int BUFFER = 128 << 10;

    /// Ciphertexts of one person in one computation; more than inputs of a run.
    private static final long MAX_COUNT = 10_000;

    private final DataFolder folder;
    private final Database database;
    private final Registry registry;
    private final Quotas quotas;
    private final Clock clock;
    private final long maxBytes;

    BlobStore(
            DataFolder folder,
            Database database,
            Registry registry,
            Quotas quotas,
            Clock clock,
            long maxBytes) {
        this.folder = folder;
        this.database = database;
        this.registry = registry;
        this.quotas = quotas;
        this.clock = clock;
        this.maxBytes = maxBytes;
    }

    /// A stored blob, and whether it is new.
    record Stored(BlobTable.Blob blob, boolean isNew) {}

    /// A file that was received whole.
    record Received(long size, Sha256 digest) {}

    /// Stores the bytes of `body`, which must hash to `digest`.
    ///
    /// @param announced the length the sender announced, if it did
    Stored put(
            ComputationId computation,
            Email email,
            Sha256 digest,
            InputStream body,
            OptionalLong announced)
            throws Problem, IOException {
        requireOpen(registry.get(computation).state());
        if (announced.orElse(0) > maxBytes) {
            throw tooLarge(maxBytes, announced.getAsLong());
        }
        requireCount(computation, email, digest);
        Path temporary = folder.temporary();
        try (Quotas.Room room = quotas.room(computation)) {
            Received received = receive(body, temporary, maxBytes, room);
            if (received.size() == 0) {
                throw Problem.field(400, "empty-body", "body", "at least one byte", "none");
            }
            if (announced.isPresent() && announced.getAsLong() != received.size()) {
                throw Problem.field(
                        400,
                        "incomplete-body",
                        "body",
                        announced.getAsLong() + " bytes",
                        received.size() + " bytes");
            }
            if (!received.digest().equals(digest)) {
                throw Problem.field(
                        400,
                        "digest-mismatch",
                        "body",
                        "content with digest " + digest,
                        received.digest().toString());
            }
            return record(computation, email, received, temporary);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /// What happens to a computation because of a file that came.
    @FunctionalInterface
    interface Because {
        /// The event; `file` holds what came, under a name that is not its last.
        Event event(Received received, Path file) throws Problem, MalformedException, IOException;
    }

    /// Stores the bytes of `body`, whatever they are, together with the event they bring about:
    /// both, or neither.
    ///
    /// @param most longest body in bytes
    /// @return whether the event is new; false if it says what is so already
    boolean putBecause(
            ComputationId computation, Email email, InputStream body, long most, Because because)
            throws Problem, Refusal, MalformedException, IOException {
        requireOpen(registry.get(computation).state());
        Path temporary = folder.temporary();
        try (Quotas.Room room = quotas.room(computation)) {
            Received received = receive(body, temporary, Math.min(most, maxBytes), room);
            if (received.size() == 0) {
                throw Problem.field(400, "empty-body", "file", "at least one byte", "none");
            }
            Event event = because.event(received, temporary);
            return recordBecause(computation, email, received, temporary, event);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private boolean recordBecause(
            ComputationId computation, Email email, Received received, Path temporary, Event event)
            throws Problem, Refusal, IOException {
        var blob =
                new BlobTable.Blob(
                        email,
                        received.digest(),
                        received.size(),
                        clock.instant().truncatedTo(ChronoUnit.MILLIS));
        try {
            return registry.locked(
                    computation,
                    () -> {
                        Computation state = registry.get(computation).state();
                        Path target = path(computation, state, email, blob.digest());
                        boolean known = isRecorded(computation, email, blob.digest());
                        try {
                            requireOpen(state);
                            requireCount(computation, email, blob.digest());
                            if (!known) {
                                folder.publish(temporary, target);
                            }
                            return registry.append(
                                    computation,
                                    event,
                                    (handle, _) -> BlobTable.insert(handle, computation, blob));
                        } catch (Problem | Refusal e) {
                            throw new Carried(e);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        } finally {
                            if (!isRecorded(computation, email, blob.digest())) {
                                unlink(target);
                            }
                        }
                    });
        } catch (UncheckedIOException e) {
            throw e.getCause() == null ? new IOException(e) : e.getCause();
        } catch (Carried e) {
            if (e.getCause() instanceof Refusal refusal) {
                throw refusal;
            }
            throw e.problem();
        }
    }

    private boolean isRecorded(ComputationId computation, Email email, Sha256 digest) {
        return database.read(handle -> BlobTable.find(handle, computation, email, digest))
                .isPresent();
    }

    /// Makes an event happen after which some of what `email` stored is of no use to anybody, and
    /// deletes that.
    ///
    /// @param unusedAfter which, told from the state the event happens in: what comes in between is
    ///   either in that state or stays
    /// @return whether the event is new
    boolean deleteBecause(
            ComputationId computation,
            Email email,
            Function<Computation, Set<Sha256>> unusedAfter,
            Event event)
            throws Refusal, IOException {
        Set<Sha256> unused = new LinkedHashSet<>();
        boolean isNew =
                registry.appendPrepared(
                        computation,
                        event,
                        before -> {
                            unused.addAll(unusedAfter.apply(before));
                            return (handle, _) ->
                                    unused.forEach(digest ->
                                            BlobTable.delete(handle, computation, email, digest));
                        });
        Computation state = registry.get(computation).state();
        for (Sha256 digest : unused) {
            Path file = path(computation, state, email, digest);
            registry.locked(
                    computation,
                    () -> {
                        // The same may have been brought again meanwhile.
                        if (!isRecorded(computation, email, digest)) {
                            unlink(file);
                        }
                        return true;
                    });
        }
        return isNew;
    }

    private void requireCount(ComputationId computation, Email email, Sha256 digest)
            throws Problem {
        if (!database.read(handle -> takesOneMore(handle, computation, email, digest))) {
            throw tooMany();
        }
    }

    private static boolean takesOneMore(
            Handle handle, ComputationId computation, Email email, Sha256 digest) {
        return BlobTable.count(handle, computation, email) < MAX_COUNT
                || BlobTable.find(handle, computation, email, digest).isPresent();
    }

    private static Problem tooMany() {
        return Problem.field(
                403, "quota-exceeded", "ciphertexts of one person", "at most " + MAX_COUNT, "more");
    }

    static Problem tooLarge(long limit, long actual) {
        return Problem.field(
                413, "body-too-large", "body", "at most " + limit + " bytes", actual + " bytes");
    }

    private static void requireOpen(Computation state) throws Problem {
        if (state instanceof Computation.Ended) {
            throw Problem.wrongState("a computation that is ended takes no ciphertexts");
        }
    }

    /// Streams `body` into a new file, durably. While one piece is hashed and written, the next is
    /// received.
    static Received receive(InputStream body, Path file, long maxBytes, Quotas.Room room)
            throws Problem, IOException {
        MessageDigest digest = Sha256.newDigest();
        long size = 0;
        byte[] receiving = new byte[BUFFER];
        byte[] storing = new byte[BUFFER];
        try (FileChannel out =
                        FileChannel.open(
                                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                ExecutorService aside = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> stored = CompletableFuture.completedFuture(null);
            while (true) {
                int filled = body.readNBytes(receiving, 0, receiving.length);
                await(stored);
                if (filled == 0) {
                    break;
                }
                size += filled;
                if (size > maxBytes) {
                    throw tooLarge(maxBytes, size);
                }
                room.take(filled);
                byte[] piece = receiving;
                stored = aside.submit(() -> store(piece, filled, digest, out));
                receiving = storing;
                storing = piece;
            }
            out.force(true);
        }
        return new Received(size, Sha256.finish(digest));
    }

    private static @Nullable Void store(
            byte[] piece, int length, MessageDigest digest, FileChannel out) throws IOException {
        digest.update(piece, 0, length);
        ByteBuffer bytes = ByteBuffer.wrap(piece, 0, length);
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
        return null;
    }

    private static void await(Future<?> stored) throws IOException {
        try {
            stored.get();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while a body was received");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }

    private Stored record(ComputationId computation, Email email, Received received, Path temporary)
            throws Problem, IOException {
        var blob =
                new BlobTable.Blob(
                        email,
                        received.digest(),
                        received.size(),
                        clock.instant().truncatedTo(ChronoUnit.MILLIS));
        try {
            return registry.locked(
                    computation,
                    () -> {
                        Computation state = registry.get(computation).state();
                        try {
                            requireOpen(state);
                            // Others may have come while this one was received.
                            requireCount(computation, email, blob.digest());
                            folder.publish(
                                    temporary, path(computation, state, email, blob.digest()));
                        } catch (Problem e) {
                            throw new Carried(e);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                        return database.write(handle -> {
                            boolean isNew = BlobTable.insert(handle, computation, blob);
                            return new Stored(
                                    isNew
                                            ? blob
                                            : BlobTable.find(
                                                            handle,
                                                            computation,
                                                            email,
                                                            blob.digest())
                                                    .orElse(blob),
                                    isNew);
                        });
                    });
        } catch (UncheckedIOException e) {
            throw e.getCause() == null ? new IOException(e) : e.getCause();
        } catch (Carried e) {
            throw e.problem();
        }
    }

    /// Carries a problem or a refusal out of a lambda.
    private static final class Carried extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Carried(Exception cause) {
            super(cause);
        }

        Problem problem() {
            return getCause() instanceof Problem problem
                    ? problem
                    : Problem.of(500, "internal", "the server failed");
        }
    }

    private Path path(ComputationId computation, Computation state, Email email, Sha256 digest) {
        int place = state.dossier().roster().people().indexOf(email);
        return folder.blob(computation, place, digest);
    }

    /// The file of a recorded blob.
    Path file(ComputationId computation, BlobTable.Blob blob) {
        return path(computation, registry.get(computation).state(), blob.email(), blob.digest());
    }

    /// Deletes one blob.
    ///
    /// @return whether it was there
    /// @throws Problem if the current code statement names it
    boolean delete(ComputationId computation, Email email, Sha256 digest)
            throws Problem, IOException {
        Optional<Path> gone;
        try {
            gone =
                    registry.locked(
                            computation,
                            () -> {
                                Computation state = registry.get(computation).state();
                                Papers papers = state.dossier().papers();
                                boolean inUse =
                                        papers.roster().codeProvider().equals(email)
                                                && papers.codeDigests()
                                                        .map(CodeDigests::bundle)
                                                        .filter(digest::equals)
                                                        .isPresent();
                                if (inUse) {
                                    throw new Carried(
                                            Problem.of(
                                                    409,
                                                    "blob-in-use",
                                                    "the current code statement names this bundle;"
                                                            + " reset the code first"));
                                }
                                boolean deleted =
                                        database.write(handle ->
                                                BlobTable.delete(
                                                        handle, computation, email, digest));
                                if (!deleted) {
                                    return Optional.empty();
                                }
                                Path file = path(computation, state, email, digest);
                                unlink(file);
                                return Optional.of(file);
                            });
        } catch (UncheckedIOException e) {
            throw e.getCause() == null ? new IOException(e) : e.getCause();
        } catch (Carried e) {
            throw e.problem();
        }
        return gone.isPresent();
    }

    private static void unlink(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Deletes everything `email` stored in `computation`, the code bundle included.
    void deleteAll(ComputationId computation, Email email) {
        deleteAllBut(computation, email, Optional.empty());
    }

    /// Deletes what all Data Providers stored in `computation`, but not the bundle of its code.
    void deleteData(ComputationId computation, Roster roster) {
        roster.dataProviders().forEach(provider -> deleteData(computation, provider));
    }

    /// Deletes what `email` stored in `computation`, but not the bundle of its code.
    void deleteData(ComputationId computation, Email email) {
        Optional<Sha256> bundle =
                registry.get(computation)
                        .state()
                        .dossier()
                        .papers()
                        .codeDigests()
                        .map(CodeDigests::bundle);
        deleteAllBut(computation, email, bundle);
    }

    private void deleteAllBut(ComputationId computation, Email email, Optional<Sha256> kept) {
        registry.locked(
                computation,
                () -> {
                    Computation state = registry.get(computation).state();
                    for (BlobTable.Blob blob :
                            database.read(handle -> BlobTable.of(handle, computation, email))) {
                        if (!kept.equals(Optional.of(blob.digest()))) {
                            database.change(handle ->
                                    BlobTable.delete(handle, computation, email, blob.digest()));
                            unlink(path(computation, state, email, blob.digest()));
                        }
                    }
                    return true;
                });
    }

    /// What a sweep found.
    ///
    /// @param removed files nobody recorded
    /// @param missing recorded files that are not there
    /// @param gone computations that have files, and that the database does not know
    record Sweep(long removed, long missing, List<ComputationId> gone) {}

    /// Removes files nobody recorded (an upload or deletion was cut short), and counts recorded
    /// ones that are gone. Files of a computation the database does not know stay: then it is the
    /// database that was lost.
    Sweep sweep() throws IOException {
        Set<Path> recorded = new HashSet<>();
        for (BlobTable.Placed placed : database.read(BlobTable::all)) {
            recorded.add(file(placed.computation(), placed.blob()));
        }
        for (String name : database.read(EnclaveTable::outputFiles)) {
            recorded.add(folder.outputs().resolve(name));
        }
        Set<ComputationId> gone = new TreeSet<>();
        long removed = 0;
        for (Path root : List.of(folder.blobs(), folder.outputs())) {
            for (Path ofComputation : children(root)) {
                Optional<ComputationId> computation = idOf(ofComputation);
                if (computation.isPresent() && isKnown(computation.get())) {
                    removed += removeAllBut(recorded, ofComputation);
                } else {
                    computation.ifPresent(gone::add);
                }
            }
        }
        long missing = recorded.stream().filter(file -> !Files.exists(file)).count();
        return new Sweep(removed, missing, List.copyOf(gone));
    }

    private boolean isKnown(ComputationId computation) {
        return database.read(handle -> ComputationTable.head(handle, computation)).isPresent();
    }

    private static List<Path> children(Path root) throws IOException {
        try (Stream<Path> all = Files.list(root)) {
            return all.toList();
        }
    }

    private static Optional<ComputationId> idOf(Path folder) {
        try {
            return Optional.of(ComputationId.parse(String.valueOf(folder.getFileName()), "folder"));
        } catch (MalformedException _) {
            return Optional.empty();
        }
    }

    private static long removeAllBut(Set<Path> recorded, Path root) throws IOException {
        var removed = new long[1];
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        if (!recorded.contains(file)) {
                            Files.delete(file);
                            removed[0]++;
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        return removed[0];
    }
}
