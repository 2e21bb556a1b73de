package io.cloister.server;

import io.cloister.protocol.Bytes;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sends a stored file, or one range of it (RFC 9110 §14), without holding it.
final class Download {
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");
    private static final int BUFFER = 256 << 10;

    private Download() {}

    /// Which bytes: from `first`, `length` of them.
    record Part(long first, long length) {}

    /// Sends `header` followed by the file.
    ///
    /// @return whether the end was among what was sent
    static boolean send(Call call, Bytes header, Path file) throws Problem, IOException {
        return send(call, "application/octet-stream", header, file);
    }

    /// As above, called by another media type.
    static boolean send(Call call, String type, Bytes header, Path file)
            throws Problem, IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = header.length() + in.size();
            Optional<String> range = call.header("Range");
            Part part = range.isPresent() ? part(range.get(), size) : new Part(0, size);
            var response = call.context().res();
            response.setContentType(type);
            response.setHeader("Accept-Ranges", "bytes");
            if (range.isPresent()) {
                call.context().status(206);
                response.setHeader(
                        "Content-Range",
                        "bytes "
                                + part.first()
                                + "-"
                                + (part.first() + part.length() - 1)
                                + "/"
                                + size);
            }
            response.setContentLengthLong(part.length());
            copy(header, in, part, response.getOutputStream());
            return part.first() + part.length() == size;
        }
    }

    static Part part(String range, long size) throws Problem {
        Matcher form = RANGE.matcher(range);
        if (form.matches()) {
            String first = form.group(1);
            String last = form.group(2);
            if (first.isEmpty() && !last.isEmpty()) {
                long count = Math.min(Long.parseLong(last), size);
                if (count > 0) {
                    return new Part(size - count, count);
                }
            } else if (!first.isEmpty()) {
                long from = Long.parseLong(first);
                long to = last.isEmpty() ? size - 1 : Math.min(Long.parseLong(last), size - 1);
                if (from <= to) {
                    return new Part(from, to - from + 1);
                }
            }
        }
        throw Problem.field(
                416,
                "range-not-satisfiable",
                "Range",
                "one range within " + size + " bytes",
                range);
    }

    private static void copy(Bytes header, FileChannel in, Part part, OutputStream out)
            throws IOException {
        long position = part.first();
        long left = part.length();
        if (position < header.length()) {
            int count = (int) Math.min(header.length() - position, left);
            out.write(header.toArray(), (int) position, count);
            position += count;
            left -= count;
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER, Math.max(left, 1)));
        while (left > 0) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), left));
            int read = in.read(buffer, position - header.length());
            if (read < 0) {
                throw new IOException("a stored file is shorter than it was");
            }
            out.write(buffer.array(), 0, read);
            position += read;
            left -= read;
        }
        out.flush();
    }
}
