package io.cloister.attestation.runtime;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// A wheel read once: its digest, and its RECORD out of exactly the bytes that were digested.
///
/// A file in a folder of others can change between two looks at it. So a first look, not believed,
/// only says where in the file the list of its members and its RECORD lie; the one pass that
/// digests the file keeps those bytes, and from what was kept all is read again. Only the ZIP that
/// wheels use is understood (APPNOTE.TXT 6.3.10): one volume, no ZIP64, no encryption, stored or
/// deflated.
final class WheelFile {
    private static final int BUFFER = 256 << 10;
    private static final int MAX_LIST = 64 << 20;
    private static final int END = 0x06054b50;
    private static final int END_LENGTH = 22;
    private static final int MAX_COMMENT = 0xFFFF;
    private static final int MEMBER = 0x02014b50;
    private static final int MEMBER_LENGTH = 46;
    private static final int LOCAL = 0x04034b50;
    private static final int LOCAL_LENGTH = 30;
    private static final int ENCRYPTED = 1;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    private final String name;
    private final Sha256 digest;
    private final Kept tail;
    private final Kept record;

    private WheelFile(String name, Sha256 digest, Kept tail, Kept record) {
        this.name = name;
        this.digest = digest;
        this.tail = tail;
        this.record = record;
    }

    /// Bytes of the file from `start` on.
    private static final class Kept {
        private final long start;
        private final byte[] bytes;
        private int filled;

        Kept(long start, long end) {
            this.start = start;
            this.bytes = new byte[Math.toIntExact(end - start)];
        }

        /// Takes what of `buffer`, which is at `at` in the file, belongs here.
        void take(long at, byte[] buffer, int length) {
            long from = Math.max(start + filled, at);
            long to = Math.min(start + bytes.length, at + length);
            if (from < to) {
                int count = (int) (to - from);
                System.arraycopy(buffer, (int) (from - at), bytes, filled, count);
                filled += count;
            }
        }

        /// What was taken, for reading numbers.
        ByteBuffer numbers() {
            return ByteBuffer.wrap(bytes, 0, filled).order(ByteOrder.LITTLE_ENDIAN);
        }

        byte[] copy(int from, int length) {
            return Arrays.copyOfRange(bytes, from, from + length);
        }
    }

    /// A member of the archive.
    private record Member(String path, int flags, int method, long packed, long local) {}

    /// Reads `file` to its end.
    ///
    /// @throws IOException if it can't be read
    static WheelFile read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            long tailStart = size;
            Kept record = new Kept(0, 0);
            try {
                Kept end = look(channel, Math.max(0, size - END_LENGTH - MAX_COMMENT), size);
                tailStart = listStart(end);
                Kept list = look(channel, tailStart, size);
                Member member = record(list);
                long recordEnd =
                        Math.min(
                                tailStart,
                                member.local + LOCAL_LENGTH + 2L * 0xFFFF + member.packed);
                record = new Kept(member.local, Math.max(member.local, recordEnd));
            } catch (MalformedException _) {
                // Said again of the bytes that were digested, if they are the right ones at all.
            }
            Kept tail = new Kept(tailStart, size);
            return new WheelFile(
                    String.valueOf(file.getFileName()),
                    digest(channel, tail, record),
                    tail,
                    record);
        }
    }

    private static Kept look(FileChannel channel, long start, long end) throws IOException {
        var kept = new Kept(start, end);
        read(channel, start, end, (at, buffer, length) -> kept.take(at, buffer, length));
        return kept;
    }

    private static Sha256 digest(FileChannel channel, Kept tail, Kept record) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        read(
                channel,
                0,
                Long.MAX_VALUE,
                (at, buffer, length) -> {
                    digest.update(buffer, 0, length);
                    tail.take(at, buffer, length);
                    record.take(at, buffer, length);
                });
        return Sha256.finish(digest);
    }

    @FunctionalInterface
    private interface Taker {
        void take(long at, byte[] buffer, int length);
    }

    private static void read(FileChannel channel, long start, long end, Taker taker)
            throws IOException {
        byte[] buffer = new byte[BUFFER];
        long at = start;
        while (at < end) {
            int room = (int) Math.min(buffer.length, end - at);
            int read = channel.read(ByteBuffer.wrap(buffer, 0, room), at);
            if (read < 0) {
                return;
            }
            taker.take(at, buffer, read);
            at += read;
        }
    }

    /// Of all bytes that were read.
    Sha256 digest() {
        return digest;
    }

    /// What the wheel installs.
    ///
    /// @throws MalformedException if it is no wheel with one RECORD
    Wheel wheel() throws MalformedException {
        if (listStart(tail) != tail.start) {
            throw malformed("the list of its members in one place", "another place");
        }
        Member member = record(tail);
        if (member.local != record.start) {
            throw malformed("its RECORD in one place", "another place");
        }
        Bytes content = content(member);
        return new Wheel(member.path, content, WheelRecord.parse(content, member.path));
    }

    private MalformedException malformed(String expected, String actual) {
        return new MalformedException(name, expected, actual);
    }

    /// Where the list of members starts, as the end of the archive says, which is the last thing in
    /// it.
    private static long listStart(Kept end) throws MalformedException {
        ByteBuffer bytes = end.numbers();
        for (int at = bytes.limit() - END_LENGTH;
                at >= Math.max(0, bytes.limit() - END_LENGTH - MAX_COMMENT);
                at--) {
            if (bytes.getInt(at) == END && at + END_LENGTH + u16(bytes, at + 20) == bytes.limit()) {
                long length = u32(bytes, at + 12);
                long start = u32(bytes, at + 16);
                if (u16(bytes, at + 4) == 0
                        && u16(bytes, at + 6) == 0
                        && length <= MAX_LIST
                        && start + length == end.start + at) {
                    return start;
                }
                break;
            }
        }
        throw new MalformedException("wheel", "a ZIP archive of one volume", "something else");
    }

    /// The one RECORD among the members, which `list` starts with.
    private static Member record(Kept list) throws MalformedException {
        ByteBuffer bytes = list.numbers();
        List<Member> records = new ArrayList<>();
        int at = 0;
        while (at + MEMBER_LENGTH <= bytes.limit() && bytes.getInt(at) == MEMBER) {
            int nameLength = u16(bytes, at + 28);
            int next = at + MEMBER_LENGTH + nameLength + u16(bytes, at + 30) + u16(bytes, at + 32);
            if (next > bytes.limit()) {
                break;
            }
            byte[] path = list.copy(at + MEMBER_LENGTH, nameLength);
            var member =
                    new Member(
                            new String(path, StandardCharsets.UTF_8),
                            u16(bytes, at + 8),
                            u16(bytes, at + 10),
                            u32(bytes, at + 20),
                            u32(bytes, at + 42));
            if (Wheel.isRecord(member.path)) {
                records.add(member);
            }
            at = next;
        }
        if (records.size() != 1) {
            throw new MalformedException(
                    "wheel", "one RECORD in one .dist-info folder", records.size() + " of them");
        }
        Member member = records.getFirst();
        if (member.packed > WheelRecord.MAX_BYTES || member.local > list.start) {
            throw new MalformedException(
                    member.path, "at most " + WheelRecord.MAX_BYTES + " bytes", "more");
        }
        return member;
    }

    private Bytes content(Member member) throws MalformedException {
        ByteBuffer bytes = record.numbers();
        if (bytes.limit() < LOCAL_LENGTH
                || bytes.getInt(0) != LOCAL
                || (member.flags & ENCRYPTED) != 0) {
            throw malformed("a plain RECORD where its list says", "something else");
        }
        int start = LOCAL_LENGTH + u16(bytes, 26) + u16(bytes, 28);
        int length = Math.toIntExact(member.packed);
        if (start + length > bytes.limit()) {
            throw malformed("all of its RECORD", "a part of it");
        }
        return switch (member.method) {
            case STORED -> Bytes.copyOf(record.copy(start, length));
            case DEFLATED -> inflated(record.copy(start, length));
            default -> throw malformed("a RECORD stored or deflated", "method " + member.method);
        };
    }

    private Bytes inflated(byte[] from) throws MalformedException {
        var inflater = new Inflater(true);
        try {
            inflater.setInput(from);
            byte[] content = new byte[BUFFER];
            int filled = 0;
            while (!inflater.finished()) {
                if (filled == content.length) {
                    content =
                            Arrays.copyOf(content, Math.min(2 * filled, WheelRecord.MAX_BYTES + 1));
                }
                int more = inflater.inflate(content, filled, content.length - filled);
                filled += more;
                boolean cut = more == 0 && !inflater.finished();
                if (cut || filled > WheelRecord.MAX_BYTES) {
                    throw malformed(
                            "a RECORD of at most " + WheelRecord.MAX_BYTES + " bytes",
                            "more, or a part of it");
                }
            }
            return Bytes.copyOf(Arrays.copyOf(content, filled));
        } catch (DataFormatException _) {
            throw malformed("a deflated RECORD", "something else");
        } finally {
            inflater.end();
        }
    }

    private static int u16(ByteBuffer bytes, int at) {
        return Short.toUnsignedInt(bytes.getShort(at));
    }

    private static long u32(ByteBuffer bytes, int at) {
        return Integer.toUnsignedLong(bytes.getInt(at));
    }
}
