package io.cloister.crypto.bundle;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeStatement;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// What everyone may know of a bundle after one pass over it.
///
/// @param digest of the whole
/// @param bytes size of the whole
/// @param run content of `run.py`
/// @param requirements content of `requirements.txt`, if there is one
/// @param lock content of `requirements.lock`, if there is one
/// @param wheels digest of each wheel, by its file name
/// @param paths every file's place, in order
public record BundleSummary(
        Sha256 digest,
        long bytes,
        Bytes run,
        Optional<Bytes> requirements,
        Optional<Bytes> lock,
        Map<String, Sha256> wheels,
        List<BundlePath> paths) {
    public BundleSummary {
        wheels = Map.copyOf(wheels);
        paths = List.copyOf(paths);
    }

    /// Reads a whole bundle, in memory bounded by the clear files.
    ///
    /// @throws MalformedException if it is not one
    /// @throws IOException if reading fails
    public static BundleSummary read(InputStream in) throws MalformedException, IOException {
        var digest = Sha256.newDigest();
        var counted = new Counted(new DigestInputStream(in, digest));
        var reader = new BundleReader(counted);
        List<BundlePath> paths = new ArrayList<>();
        Map<BundlePath, Bytes> clear = new HashMap<>();
        Map<String, Sha256> wheels = new HashMap<>();
        for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            BundlePath path = entry.get().path();
            paths.add(path);
            if (path.isWheel()) {
                wheels.put(path.wheelName(), digest(entry.get().content()));
            } else if (path.isClear()) {
                clear.put(path, Bytes.copyOf(entry.get().content().readAllBytes()));
            }
        }
        return new BundleSummary(
                Sha256.finish(digest),
                counted.count,
                Objects.requireNonNull(clear.get(BundlePath.RUN), "rules demand run.py"),
                Optional.ofNullable(clear.get(BundlePath.REQUIREMENTS)),
                Optional.ofNullable(clear.get(BundlePath.LOCK)),
                wheels,
                paths);
    }

    private static Sha256 digest(InputStream content) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        content.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
        return Sha256.finish(digest);
    }

    /// Reads a whole bundle that is in memory.
    ///
    /// @throws MalformedException if it is not one
    public static BundleSummary read(Bytes bundle) throws MalformedException {
        try {
            return read(new ByteArrayInputStream(bundle.toArray()));
        } catch (IOException e) {
            throw new UncheckedIOException("memory can be read", e);
        }
    }

    /// Where the bundle is not what the Code Provider's statement says: names of the statement's
    /// fields, none if all agree.
    public List<String> differencesFrom(CodeStatement statement) {
        List<String> differences = new ArrayList<>();
        differ(differences, "bundle", statement.bundle(), digest);
        differ(differences, "bundleBytes", statement.bundleBytes(), bytes);
        differ(differences, "entrypoint", statement.entrypoint(), Sha256.of(run));
        differ(differences, "requirements", statement.requirements(), requirements.map(Sha256::of));
        differ(differences, "lock", statement.lock(), lock.map(Sha256::of));
        return List.copyOf(differences);
    }

    private static void differ(List<String> differences, String name, Object stated, Object found) {
        if (!stated.equals(found)) {
            differences.add(name);
        }
    }

    /// Whether wheels come with the code.
    public boolean hasWheels() {
        return !wheels.isEmpty();
    }

    private static final class Counted extends FilterInputStream {
        private long count;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            count += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = in.read(buffer, offset, length);
            count += Math.max(read, 0);
            return read;
        }
    }
}
