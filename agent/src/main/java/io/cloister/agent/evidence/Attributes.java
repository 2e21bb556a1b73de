package io.cloister.agent.evidence;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Shown;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Reads and writes the attributes in one folder, bounded.
///
/// @param files what there is
/// @param folder where
record Attributes(AttestationFiles files, Path folder) {
    private static final int MAX_TEXT = 64;
    private static final int CHUNK = 4096;

    boolean has(String name) {
        return files.isFile(folder.resolve(name));
    }

    /// The content, from front to back over one opening: the kernel makes it when it is read first.
    ///
    /// @throws UnusableException if there are more than `max` bytes
    Bytes read(String name, int max) throws IOException {
        try (ReadableByteChannel channel = files.openToRead(folder.resolve(name))) {
            var content = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
            for (int count = channel.read(buffer); count >= 0; count = channel.read(buffer)) {
                if (count == 0) {
                    throw new IOException(name + " gives nothing, and does not end");
                }
                content.write(buffer.array(), 0, buffer.position());
                buffer.clear();
                if (content.size() > max) {
                    throw new UnusableException(name + " has more than " + max + " bytes");
                }
            }
            return Bytes.copyOf(content.toByteArray());
        }
    }

    /// A short text, without the line feed at its end.
    String text(String name) throws IOException {
        Bytes content = read(name, MAX_TEXT);
        return new String(content.toArray(), StandardCharsets.US_ASCII).strip();
    }

    /// A number, not negative.
    long number(String name) throws IOException {
        String text = text(name);
        if (!text.matches("[0-9]{1,18}")) {
            throw new UnusableException(name + " is no number but " + Shown.bounded(text));
        }
        return Long.parseLong(text);
    }

    /// Writes all of `content` over one opening; what is taken piecewise counts as one.
    void write(String name, Bytes content) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(content.toArray());
        try (WritableByteChannel channel = files.openToWrite(folder.resolve(name))) {
            while (rest.hasRemaining()) {
                if (channel.write(rest) <= 0) {
                    throw new IOException(
                            name
                                    + " took "
                                    + rest.position()
                                    + " of "
                                    + content.length()
                                    + " bytes");
                }
            }
        }
    }

    /// Writes a text that the kernel takes as a whole or not at all.
    void writeText(String name, String text) throws IOException {
        ByteBuffer content = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        try (WritableByteChannel channel = files.openToWrite(folder.resolve(name))) {
            channel.write(content);
        }
        if (content.hasRemaining()) {
            throw new IOException(name + " took a part of " + text);
        }
    }
}
