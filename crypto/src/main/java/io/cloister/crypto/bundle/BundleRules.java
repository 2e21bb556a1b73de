package io.cloister.crypto.bundle;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.CodeStatement;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/// What must hold over all files of a bundle (spec/bundle.md §3), checked one after the other in
/// writer and reader alike, and by whoever wants to know before. Used by one thread.
public final class BundleRules {
    /// Most files.
    static final int MAX_FILES = 10_000;

    /// Largest `run.py`, `requirements.txt` and `requirements.lock`, each: 1 MiB.
    static final long MAX_CLEAR_BYTES = 1 << 20;

    private static final long OVERHEAD = 2L * UstarHeader.BLOCK;

    /// Folded path of every file (`true`) and folder (`false`) as opened, with its spelling.
    private final Map<String, Place> places = new HashMap<>();

    private @Nullable BundlePath last;
    private int files;
    private long total = OVERHEAD;
    private boolean hasRun;

    private record Place(String spelling, boolean isFile) {}

    /// For a bundle without any file yet.
    public BundleRules() {}

    /// Takes the next file.
    ///
    /// @throws MalformedException if it may not stand after those before it
    public void accept(BundlePath path, long size) throws MalformedException {
        if (last != null && last.compareTo(path) >= 0) {
            throw new MalformedException(
                    "bundle", "paths in ascending order, none twice", path + " after " + last);
        }
        last = path;
        if (++files > MAX_FILES) {
            throw new MalformedException("bundle", "at most " + MAX_FILES + " files", "more");
        }
        if (path.isClear() && !path.isWheel() && size > MAX_CLEAR_BYTES) {
            throw new MalformedException(
                    at(path), "at most " + MAX_CLEAR_BYTES + " bytes", size + " bytes");
        }
        if (size < 0 || size > CodeStatement.MAX_BUNDLE_BYTES) {
            throw new MalformedException(at(path), "a size that fits a bundle", size + " bytes");
        }
        total += UstarHeader.BLOCK + size + padding(size);
        if (total > CodeStatement.MAX_BUNDLE_BYTES) {
            throw new MalformedException(
                    "bundle", "at most " + CodeStatement.MAX_BUNDLE_BYTES + " bytes", "more");
        }
        hasRun |= path.equals(BundlePath.RUN);
        place(path.clearPath(), path);
    }

    /// No two files may meet in one place, nor a file and a folder, on a file system that doesn't
    /// tell case apart either.
    private void place(String clear, BundlePath path) throws MalformedException {
        for (int slash = clear.indexOf('/'); slash >= 0; slash = clear.indexOf('/', slash + 1)) {
            String folder = clear.substring(0, slash);
            Place before = places.putIfAbsent(BundlePath.fold(folder), new Place(folder, false));
            if (before != null && (before.isFile || !before.spelling.equals(folder))) {
                throw collision(path, before);
            }
        }
        Place before = places.putIfAbsent(BundlePath.fold(clear), new Place(clear, true));
        if (before != null) {
            throw collision(path, before);
        }
    }

    private static MalformedException collision(BundlePath path, Place before) {
        return new MalformedException(
                at(path), "a place of its own", "the place of " + before.spelling);
    }

    /// Ends the bundle.
    ///
    /// @throws MalformedException if `run.py` is missing
    public void end() throws MalformedException {
        if (!hasRun) {
            throw new MalformedException("bundle", "a file run.py", "none");
        }
    }

    static String at(BundlePath path) {
        return "bundle[" + path + "]";
    }

    /// Zero bytes that follow contents of `size` bytes.
    static int padding(long size) {
        return (int) (-size & (UstarHeader.BLOCK - 1));
    }
}
