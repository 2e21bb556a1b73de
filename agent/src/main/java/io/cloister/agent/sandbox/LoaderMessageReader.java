package io.cloister.agent.sandbox;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/// Reads frames of `spec/sandbox.md` from a sandbox. Strict: every length is checked where it is
/// read, against the most that kind may have; text must be UTF-8; nothing may be left over. Not
/// thread-safe.
final class LoaderMessageReader {
    static final int MOST_WRITE_BYTES = 1 << 20;
    static final int MOST_TRACEBACK_BYTES = 1 << 16;
    static final int ALL_CONSUMERS = 0xFFFF;

    private static final int READY = 0x11;
    private static final int UNREADY = 0x12;
    private static final int OPEN = 0x13;
    private static final int WRITE = 0x14;
    private static final int CLOSE = 0x15;
    private static final int TRACEBACK = 0x17;
    private static final int FINISHED = 0x18;
    private static final int UNINSTALLABLE = 0x19;

    private static final int MOST_NAME_CHARACTERS = 200;
    private static final int MOST_BYTES_PER_CHARACTER = 4;
    private static final int MOST_REASON_BYTES = 4000;

    private final DataInputStream in;
    private byte[] content = new byte[1 << 12];

    LoaderMessageReader(InputStream in) {
        this.in = new DataInputStream(in);
    }

    /// The next frame, or empty at the end of the stream between two frames.
    ///
    /// @throws ViolationException if it is not well-formed
    /// @throws IOException if the stream breaks, also in the middle of a frame
    Optional<LoaderMessage> next() throws IOException, ViolationException {
        int kind = in.read();
        if (kind < 0) {
            return Optional.empty();
        }
        int length = in.readInt();
        return Optional.of(
                switch (kind) {
                    case READY -> {
                        long packages = take(length, 8, 8, "ready").getLong();
                        if (packages < 0) {
                            throw new ViolationException("packages of an impossible size");
                        }
                        yield new LoaderMessage.Ready(packages);
                    }
                    case UNREADY ->
                            new LoaderMessage.Unready(
                                    text(take(length, 0, MOST_REASON_BYTES, "unready"), "unready"));
                    case UNINSTALLABLE ->
                            new LoaderMessage.Uninstallable(
                                    text(
                                            take(length, 0, MOST_REASON_BYTES, "uninstallable"),
                                            "uninstallable"));
                    case OPEN ->
                            open(
                                    take(
                                            length,
                                            6,
                                            6 + MOST_NAME_CHARACTERS * MOST_BYTES_PER_CHARACTER,
                                            "open"));
                    case WRITE -> {
                        ByteBuffer body = take(length, 4, 4 + MOST_WRITE_BYTES, "write");
                        yield new LoaderMessage.Write(body.getInt(), body.remaining());
                    }
                    case CLOSE -> new LoaderMessage.Close(take(length, 4, 4, "close").getInt());
                    case TRACEBACK ->
                            new LoaderMessage.Traceback(
                                    text(
                                            take(length, 0, MOST_TRACEBACK_BYTES, "traceback"),
                                            "traceback"));
                    case FINISHED -> finished(take(length, 6, 6, "finished"));
                    default -> throw new ViolationException("a frame of an unknown kind");
                });
    }

    /// The bytes of the last [LoaderMessage.Write], from [#writtenOffset] on.
    byte[] buffer() {
        return content;
    }

    int writtenOffset() {
        return 4;
    }

    private ByteBuffer take(int length, int least, int most, String kind)
            throws IOException, ViolationException {
        if (length < least || length > most) {
            throw new ViolationException("a frame of kind " + kind + " of an impossible length");
        }
        if (content.length < length) {
            content = new byte[Math.max(length, content.length * 2)];
        }
        in.readFully(content, 0, length);
        return ByteBuffer.wrap(content, 0, length);
    }

    private static LoaderMessage open(ByteBuffer body) throws ViolationException {
        int id = body.getInt();
        int consumer = Short.toUnsignedInt(body.getShort());
        String name = text(body, "open");
        if (name.codePointCount(0, name.length()) > MOST_NAME_CHARACTERS
                || name.equals(".")
                || name.equals("..")
                || name.codePoints().anyMatch(c -> c == '/' || !isPlain(c))) {
            throw new ViolationException("a result with an impossible name");
        }
        return new LoaderMessage.Open(
                id,
                consumer == ALL_CONSUMERS ? OptionalInt.empty() : OptionalInt.of(consumer),
                name.isEmpty() ? Optional.empty() : Optional.of(name));
    }

    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            default -> true;
        };
    }

    private static LoaderMessage finished(ByteBuffer body) throws ViolationException {
        int kind = body.get();
        int code = Byte.toUnsignedInt(body.get());
        int line = body.getInt();
        if (kind == 0 && code == 0 && line == 0) {
            return new LoaderMessage.Finished(Optional.empty(), 0);
        }
        Optional<FailureClass> failure = FailureClass.ofCode(code);
        if (kind != 1 || failure.isEmpty() || line < 0) {
            throw new ViolationException("an impossible end");
        }
        return new LoaderMessage.Finished(failure, line);
    }

    private static String text(ByteBuffer body, String kind) throws ViolationException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(body).toString();
        } catch (CharacterCodingException _) {
            throw new ViolationException("text of kind " + kind + " that is not UTF-8");
        }
    }
}
