package io.cloister.crypto.cosmian;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.CodeStatement;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Reads a code bundle of the Cosmian dialect in bounded memory: a tar as Python's `tarfile` makes
/// it of regular files, in the pax format, with any owner, mode and time. Links, folders and
/// devices, absolute paths, a path twice and a file in the place of a folder are refused.
///
/// Nothing said by a bundle is authentic before its digest is checked. Used by one thread.
public final class ProjectReader {
    /// Most files of a project.
    public static final int MAX_FILES = 10_000;

    private static final String WHERE = "code";
    private static final int MAX_RECORDS = 64 << 10;
    private static final int MAX_SIZE_DIGITS = 12;

    private final InputStream in;

    private final Map<String, Place> places = new HashMap<>();

    private @Nullable Content current;
    private int files;
    private boolean ended;

    /// What a path is taken by.
    private enum Place {
        FOLDER,
        FILE,
        /// Only what an encrypted file is once opened.
        OPENED
    }

    /// Reads from `in`, which stays open.
    public ProjectReader(InputStream in) {
        this.in = in;
    }

    /// A file.
    ///
    /// @param path its place
    /// @param size of its content in bytes
    /// @param content may be read until the next call of [#next]
    public record Entry(ProjectPath path, long size, InputStream content) {}

    /// The next file, or nothing after the last; what was not read of the one before is skipped.
    ///
    /// @throws MalformedException if the tar is not such a one
    /// @throws IOException if reading fails
    public Optional<Entry> next() throws MalformedException, IOException {
        if (ended) {
            return Optional.empty();
        }
        if (current != null) {
            finish(current);
            current = null;
        }
        byte[] block = exactly(TarHeader.BLOCK, "a header");
        if (isZero(block)) {
            end();
            return Optional.empty();
        }
        TarHeader header = TarHeader.read(block);
        Map<String, String> records = Map.of();
        if (header.type() == TarHeader.EXTENDED) {
            records = records(header.size());
            header = TarHeader.read(exactly(TarHeader.BLOCK, "a header"));
            if (header.type() == TarHeader.EXTENDED) {
                throw new MalformedException(WHERE, "a file after an extended header", "another");
            }
        }
        return Optional.of(file(header, records));
    }

    private Entry file(TarHeader header, Map<String, String> records) throws MalformedException {
        if (++files > MAX_FILES) {
            throw new MalformedException(WHERE, "at most " + MAX_FILES + " files", "more");
        }
        ProjectPath path = ProjectPath.parse(records.getOrDefault("path", header.path()), WHERE);
        String recorded = records.get("size");
        long size = recorded == null ? header.size() : size(recorded);
        if (size > CodeStatement.MAX_BUNDLE_BYTES) {
            throw new MalformedException(at(path), "a size that fits a bundle", size + " bytes");
        }
        place(path);
        var content = new Content(in, path, size);
        current = content;
        return new Entry(path, size, content);
    }

    private Map<String, String> records(long size) throws MalformedException, IOException {
        if (size > MAX_RECORDS) {
            throw new MalformedException(
                    WHERE, "at most " + MAX_RECORDS + " bytes of extended header", size + " bytes");
        }
        Map<String, String> records = TarHeader.records(exactly((int) size, "an extended header"));
        requirePadding(size, WHERE);
        return records;
    }

    private static long size(String text) throws MalformedException {
        if (text.isEmpty()
                || text.length() > MAX_SIZE_DIGITS
                || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new MalformedException(WHERE, "a decimal size", text);
        }
        return Long.parseLong(text);
    }

    private void place(ProjectPath path) throws MalformedException {
        String value = path.value();
        for (int slash = value.indexOf('/'); slash >= 0; slash = value.indexOf('/', slash + 1)) {
            Place before = places.putIfAbsent(value.substring(0, slash), Place.FOLDER);
            if (before != null && before != Place.FOLDER) {
                throw new MalformedException(at(path), "a folder to stand in", "a file's name");
            }
        }
        Place before = places.put(value, Place.FILE);
        Place opened =
                path.isEncrypted() ? places.putIfAbsent(path.clearPath(), Place.OPENED) : null;
        if (before == Place.FOLDER || before == Place.FILE || opened == Place.FOLDER) {
            throw new MalformedException(at(path), "a place of its own", "one that is taken");
        }
    }

    private void finish(Content content) throws MalformedException, IOException {
        content.skipRest();
        requirePadding(content.size, at(content.path));
    }

    private void requirePadding(long size, String where) throws MalformedException, IOException {
        int length = (int) (-size & (TarHeader.BLOCK - 1));
        byte[] padding = in.readNBytes(length);
        if (padding.length < length || !isZero(padding)) {
            throw new MalformedException(where, "zero bytes after the content", "something else");
        }
    }

    /// Two blocks of zeros, then zeros up to the end: archives are filled up to whole records.
    private void end() throws MalformedException, IOException {
        if (!isZero(exactly(TarHeader.BLOCK, "a second zero block"))) {
            throw new MalformedException(WHERE, "a second zero block", "something else");
        }
        byte[] rest = new byte[8 << 10];
        for (int read = in.read(rest); read >= 0; read = in.read(rest)) {
            for (int i = 0; i < read; i++) {
                if (rest[i] != 0) {
                    throw new MalformedException(WHERE, "zeros up to the end", "something else");
                }
            }
        }
        if (places.get(ProjectPath.RUN.value()) != Place.FILE) {
            throw new MalformedException(WHERE, "a file run.py", "none");
        }
        ended = true;
    }

    private byte[] exactly(int length, String what) throws MalformedException, IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new MalformedException(
                    WHERE, what + " of " + length + " bytes", bytes.length + " bytes");
        }
        return bytes;
    }

    private static boolean isZero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private static String at(ProjectPath path) {
        return WHERE + "[" + path + "]";
    }

    private static final class Content extends InputStream {
        private final InputStream in;
        private final ProjectPath path;
        private final long size;
        private long left;

        Content(InputStream in, ProjectPath path, long size) {
            this.in = in;
            this.path = path;
            this.size = size;
            this.left = size;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) {
                return length == 0 ? 0 : -1;
            }
            int read = in.read(buffer, offset, (int) Math.min(left, length));
            if (read < 0) {
                throw new EOFException(at(path) + ": expected " + left + " more bytes");
            }
            left -= read;
            return read;
        }

        void skipRest() throws MalformedException, IOException {
            byte[] buffer = new byte[8 << 10];
            try {
                while (left > 0) {
                    read(buffer, 0, buffer.length);
                }
            } catch (EOFException _) {
                throw new MalformedException(at(path), size + " bytes", size - left + " bytes");
            }
        }
    }
}
