package io.cloister.crypto.cosmian;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What everyone may know of a code bundle of the Cosmian dialect after one pass over it.
///
/// @param digests of the whole and its clear parts
/// @param run content of `run.py`
/// @param requirements content of `requirements.txt` at the root, if there is one
/// @param paths every file's place, in order
public record Project(
        CodeDigests digests, Bytes run, Optional<Bytes> requirements, List<ProjectPath> paths) {
    /// Largest `run.py` and `requirements.txt`, each: 1 MiB.
    private static final int MAX_CLEAR_BYTES = 1 << 20;

    private static final Set<ProjectPath> KEPT =
            Set.of(ProjectPath.RUN, ProjectPath.REQUIREMENTS, ProjectPath.LOCK);

    public Project {
        paths = List.copyOf(paths);
    }

    /// Reads a whole bundle, in memory bounded by the clear parts.
    ///
    /// @throws MalformedException if it is not one
    /// @throws IOException if reading fails
    public static Project read(InputStream in) throws MalformedException, IOException {
        var digested = new Digested(in);
        var reader = new ProjectReader(digested);
        List<ProjectPath> paths = new ArrayList<>();
        Map<ProjectPath, Bytes> kept = new HashMap<>();
        for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            ProjectPath path = entry.get().path();
            paths.add(path);
            if (KEPT.contains(path)) {
                if (entry.get().size() > MAX_CLEAR_BYTES) {
                    throw new MalformedException(
                            path.value(),
                            "at most " + MAX_CLEAR_BYTES + " bytes",
                            entry.get().size() + " bytes");
                }
                kept.put(path, Bytes.copyOf(entry.get().content().readAllBytes()));
            }
        }
        Bytes run = Objects.requireNonNull(kept.get(ProjectPath.RUN), "the reader demands it");
        Optional<Bytes> requirements = Optional.ofNullable(kept.get(ProjectPath.REQUIREMENTS));
        return new Project(
                new CodeDigests(
                        Sha256.finish(digested.digest),
                        digested.count,
                        Sha256.of(run),
                        requirements.map(Sha256::of),
                        Optional.ofNullable(kept.get(ProjectPath.LOCK)).map(Sha256::of)),
                run,
                requirements,
                paths);
    }

    /// The clear files in whose place an encrypted one stands once opened: in this dialect it wins.
    public Set<ProjectPath> hidden() {
        Set<String> opened = new HashSet<>();
        paths.stream()
                .filter(ProjectPath::isEncrypted)
                .forEach(path -> opened.add(path.clearPath()));
        return paths.stream()
                .filter(path -> !path.isEncrypted() && opened.contains(path.value()))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static final class Digested extends FilterInputStream {
        private final MessageDigest digest = Sha256.newDigest();
        private long count;

        Digested(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read = in.read(into, offset, length);
            if (read > 0) {
                digest.update(into, offset, read);
                count += read;
            }
            return read;
        }
    }
}
