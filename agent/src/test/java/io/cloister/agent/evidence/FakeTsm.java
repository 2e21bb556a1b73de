package io.cloister.agent.evidence;

import io.cloister.protocol.Bytes;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// configfs-tsm as the kernel has it: folders come with attributes, each write counts, the report
/// is made when it is read. A test may have it busy, interrupted, shared or wrong.
final class FakeTsm implements AttestationFiles {
    private final Map<Path, Report> reports = new HashMap<>();
    private final Deque<IOException> failures = new ArrayDeque<>();
    private final Deque<IOException> refusedWrites = new ArrayDeque<>();
    private final List<Path> made = new ArrayList<>();

    String provider = "sev_guest";
    int floor = 0;
    int piece = Integer.MAX_VALUE;
    int taken = Integer.MAX_VALUE;
    int length = 1184;
    Bytes certificates = Bytes.utf8("");
    Interference interference = Interference.NONE;

    /// What another program does to our folder.
    enum Interference {
        NONE,
        WRITES_BEFORE_THE_REPORT,
        WRITES_AFTER_THE_REPORT
    }

    private static final class Report {
        int generation;
        int level;
        Bytes data = Bytes.utf8("");
    }

    /// The next reads of a report fail so.
    FakeTsm failing(String... messages) {
        for (String message : messages) {
            failures.add(new IOException(message));
        }
        return this;
    }

    /// The next writes fail so, and do not count.
    FakeTsm refusingWrites(String... messages) {
        for (String message : messages) {
            refusedWrites.add(new IOException(message));
        }
        return this;
    }

    /// The report for `data`: the provider's name, the level, then the data.
    Bytes report(Bytes data) {
        byte[] report = new byte[length];
        byte[] head = (provider + floor).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(head, 0, report, 0, head.length);
        System.arraycopy(data.toArray(), 0, report, 80, data.length());
        return Bytes.copyOf(report);
    }

    /// Every folder that was made.
    List<Path> made() {
        return List.copyOf(made);
    }

    /// The folders that are left.
    int left() {
        return reports.size();
    }

    @Override
    public boolean isFolder(Path path) {
        return path.equals(ConfigfsTsmSource.FOLDER);
    }

    @Override
    public boolean isFile(Path path) {
        String name = name(path);
        return reports.containsKey(path.getParent())
                && (provider.equals("sev_guest")
                        || !(name.equals("auxblob") || name.startsWith("privlevel")));
    }

    @Override
    public void makeFolder(Path folder) throws IOException {
        if (reports.putIfAbsent(folder, new Report()) != null) {
            throw new FileAlreadyExistsException(folder.toString());
        }
        made.add(folder);
    }

    @Override
    public void removeFolder(Path folder) throws IOException {
        if (reports.remove(folder) == null) {
            throw new NoSuchFileException(folder.toString());
        }
    }

    @Override
    public ReadableByteChannel openToRead(Path file) throws IOException {
        Report report = report(file);
        byte[] content =
                switch (name(file)) {
                    case "provider" -> text(provider);
                    case "generation" -> text(Integer.toString(report.generation));
                    case "privlevel_floor" -> text(Integer.toString(floor));
                    case "outblob" -> outblob(report);
                    case "auxblob" -> certificates.toArray();
                    default -> throw new NoSuchFileException(file.toString());
                };
        return new Piecewise(content, piece);
    }

    private byte[] outblob(Report report) throws IOException {
        if (report.data.length() != 64) {
            throw new IOException("Invalid argument");
        }
        IOException failure = failures.poll();
        if (failure != null) {
            throw failure;
        }
        if (interference == Interference.WRITES_BEFORE_THE_REPORT) {
            report.data = Bytes.copyOf(new byte[64]);
            report.generation++;
        }
        byte[] made = report(report.data).toArray();
        if (interference == Interference.WRITES_AFTER_THE_REPORT) {
            report.generation++;
        }
        return made;
    }

    @Override
    public WritableByteChannel openToWrite(Path file) throws IOException {
        Report report = report(file);
        return new Collecting(
                taken,
                written -> {
                    IOException refusal = refusedWrites.poll();
                    if (refusal != null) {
                        throw refusal;
                    }
                    switch (name(file)) {
                        case "inblob" -> report.data = written;
                        case "privlevel" -> {
                            int level = written.length() == 0 ? -1 : written.at(0) - '0';
                            if (level < floor) {
                                throw new IOException("Invalid argument");
                            }
                            report.level = level;
                        }
                        default -> throw new NoSuchFileException(file.toString());
                    }
                    report.generation++;
                });
    }

    private Report report(Path file) throws IOException {
        Report report = reports.get(file.getParent());
        if (report == null) {
            throw new NoSuchFileException(file.toString());
        }
        return report;
    }

    private static String name(Path file) {
        return Objects.requireNonNull(file.getFileName()).toString();
    }

    private static byte[] text(String text) {
        return (text + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /// Gives at most some bytes a read.
    static final class Piecewise implements ReadableByteChannel {
        private final ByteBuffer content;
        private final int piece;

        Piecewise(byte[] content, int piece) {
            this.content = ByteBuffer.wrap(content);
            this.piece = piece;
        }

        @Override
        public int read(ByteBuffer target) {
            if (!content.hasRemaining()) {
                return -1;
            }
            int count = Math.min(piece, Math.min(content.remaining(), target.remaining()));
            ByteBuffer part = content.slice(content.position(), count);
            target.put(part);
            content.position(content.position() + count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    /// Takes at most some bytes a write, and acts on all of them when it is closed.
    static final class Collecting implements WritableByteChannel {
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private final WritableByteChannel sink = Channels.newChannel(content);
        private final int piece;
        private final End end;

        interface End {
            void written(Bytes all) throws IOException;
        }

        Collecting(int piece, End end) {
            this.piece = piece;
            this.end = end;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            int count = Math.min(piece, source.remaining());
            ByteBuffer part = source.slice(source.position(), count);
            sink.write(part);
            source.position(source.position() + count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() throws IOException {
            end.written(Bytes.copyOf(content.toByteArray()));
        }
    }
}
