package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A tar of code as the client of the Cosmian dialect makes it (POSIX.1-2001, regular files only):
/// what of it is in clear and belongs into the agreement. Nothing is unpacked here; the enclave
/// reads the tar again by itself.
final class CodeTar {
    /// Most files of a tar.
    static final int MAX_FILES = 10_000;

    /// Longest file that belongs into the agreement, in bytes.
    static final int MAX_CLEAR_BYTES = 1 << 20;

    private static final String PATH = "tar";
    private static final int BLOCK = 512;
    private static final int MAX_PAX = 64 << 10;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 100;
    private static final int SIZE = 124;
    private static final int SIZE_LENGTH = 12;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_LENGTH = 8;
    private static final int TYPE = 156;
    private static final int MAGIC = 257;
    private static final int PREFIX = 345;
    private static final int PREFIX_LENGTH = 155;
    private static final String ENTRYPOINT = "run.py";
    private static final String REQUIREMENTS = "requirements.txt";
    private static final String LOCK = "requirements.lock";
    private static final Set<String> STATED = Set.of(ENTRYPOINT, REQUIREMENTS, LOCK);

    private static final Set<String> RECORDS =
            Set.of("path", "size", "mtime", "atime", "ctime", "uid", "gid", "uname", "gname");

    private final InputStream in;
    private final Map<String, Sha256> stated = new HashMap<>();
    private final Set<String> names = new HashSet<>();

    private CodeTar(InputStream in) {
        this.in = in;
    }

    /// The digests of the tar in `in`, which is read to its end.
    ///
    /// @param bundle digest of the whole
    /// @param bytes its size
    /// @throws MalformedException if it is no such tar, or has no `run.py` at its root
    static CodeDigests digests(InputStream in, Sha256 bundle, long bytes)
            throws MalformedException, IOException {
        var tar = new CodeTar(in);
        try {
            tar.read();
        } catch (EOFException _) {
            throw new MalformedException(PATH, "a whole tar", "one that is cut short");
        }
        Sha256 entrypoint = tar.stated.get(ENTRYPOINT);
        if (entrypoint == null) {
            throw new MalformedException(PATH, "a run.py at its root", "none");
        }
        return new CodeDigests(
                bundle,
                bytes,
                entrypoint,
                Optional.ofNullable(tar.stated.get(REQUIREMENTS)),
                Optional.ofNullable(tar.stated.get(LOCK)));
    }

    private void read() throws MalformedException, IOException {
        Map<String, String> extended = Map.of();
        for (byte[] header = block(); !isZero(header); header = block()) {
            requireHeader(header);
            long size = number(header, SIZE, SIZE_LENGTH);
            switch (header[TYPE]) {
                case 'x' -> {
                    if (!extended.isEmpty()) {
                        throw new MalformedException(PATH, "a file after each header", "none");
                    }
                    extended = pax(size);
                }
                case '0', 0 -> {
                    file(header, size, extended);
                    extended = Map.of();
                }
                default ->
                        throw new MalformedException(
                                PATH,
                                "regular files only",
                                "an entry of type " + (char) (header[TYPE] & 0x7f));
            }
        }
        if (!extended.isEmpty()) {
            throw new MalformedException(PATH, "a file after each header", "none");
        }
        requireNothingMore();
    }

    private void file(byte[] header, long ustarSize, Map<String, String> extended)
            throws MalformedException, IOException {
        String name = extended.getOrDefault("path", ustarName(header));
        requireRelative(name);
        if (!names.add(name) || names.size() > MAX_FILES) {
            throw new MalformedException(
                    PATH, "at most " + MAX_FILES + " files, each name once", name);
        }
        String paxSize = extended.get("size");
        long size = paxSize == null ? ustarSize : decimal(paxSize);
        if (STATED.contains(name) && size > MAX_CLEAR_BYTES) {
            throw new MalformedException(
                    PATH, name + " of at most " + MAX_CLEAR_BYTES + " bytes", size + " bytes");
        }
        MessageDigest digest = Sha256.newDigest();
        byte[] buffer = new byte[64 << 10];
        for (long left = size; left > 0; ) {
            int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                throw new EOFException();
            }
            digest.update(buffer, 0, read);
            left -= read;
        }
        padding(size);
        if (STATED.contains(name)) {
            stated.put(name, Sha256.finish(digest));
        }
    }

    private static void requireRelative(String name) throws MalformedException {
        for (String part : name.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new MalformedException(PATH, "relative names of files", name);
            }
        }
    }

    private void padding(long size) throws MalformedException, IOException {
        int count = (int) (-size & (BLOCK - 1));
        if (!isZero(exactly(count))) {
            throw new MalformedException(PATH, "zeros between files", "something");
        }
    }

    private Map<String, String> pax(long size) throws MalformedException, IOException {
        if (size < 1 || size > MAX_PAX) {
            throw new MalformedException(
                    PATH, "headers of 1 to " + MAX_PAX + " bytes", Long.toString(size));
        }
        byte[] bytes = exactly((int) size);
        padding(size);
        Map<String, String> records = new HashMap<>();
        for (int at = 0; at < bytes.length; ) {
            int space = at;
            while (space < bytes.length && bytes[space] != ' ') {
                space++;
            }
            long length = decimal(text(bytes, at, space - at));
            int end = (int) Math.min(at + length, bytes.length + 1L);
            if (end > bytes.length || end <= space + 1 || bytes[end - 1] != '\n') {
                throw new MalformedException(PATH, "well-formed headers", "others");
            }
            String[] record = text(bytes, space + 1, end - 1 - (space + 1)).split("=", 2);
            if (record.length != 2
                    || !RECORDS.contains(record[0])
                    || records.put(record[0], record[1]) != null) {
                throw new MalformedException(PATH, "well-formed headers", "others");
            }
            at = end;
        }
        return records;
    }

    private static void requireHeader(byte[] header) throws MalformedException {
        if (!text(header, MAGIC, 5).equals("ustar")) {
            throw new MalformedException(PATH, "a POSIX tar", "another format");
        }
        long sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            boolean own = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_LENGTH;
            sum += own ? ' ' : header[i] & 0xff;
        }
        if (sum != number(header, CHECKSUM, CHECKSUM_LENGTH)) {
            throw new MalformedException(PATH, "headers with their checksum", "another");
        }
    }

    private static String ustarName(byte[] header) throws MalformedException {
        String name = field(header, NAME, NAME_LENGTH);
        String prefix = field(header, PREFIX, PREFIX_LENGTH);
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static String field(byte[] header, int offset, int length) throws MalformedException {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return text(header, offset, end - offset);
    }

    /// An octal number, ended by a blank or zero byte.
    private static long number(byte[] header, int offset, int length) throws MalformedException {
        String digits = field(header, offset, length).strip();
        if (!digits.matches("[0-7]{1,11}")) {
            throw new MalformedException(PATH, "octal numbers", digits);
        }
        return Long.parseLong(digits, 8);
    }

    private static long decimal(String digits) throws MalformedException {
        if (!digits.matches("[0-9]{1,12}")) {
            throw new MalformedException(PATH, "decimal numbers", digits);
        }
        return Long.parseLong(digits);
    }

    private static String text(byte[] bytes, int offset, int length) throws MalformedException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, offset, length))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new MalformedException(PATH, "names in UTF-8", "other bytes");
        }
    }

    private byte[] block() throws IOException {
        return exactly(BLOCK);
    }

    private byte[] exactly(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException();
        }
        return bytes;
    }

    private static boolean isZero(byte[] bytes) {
        return Bytes.copyOf(bytes).equals(Bytes.copyOf(new byte[bytes.length]));
    }

    private void requireNothingMore() throws MalformedException, IOException {
        byte[] rest = in.readNBytes(MAX_PAX);
        if (rest.length == MAX_PAX || !isZero(rest)) {
            throw new MalformedException(PATH, "nothing after the last file", "something");
        }
    }
}
