package io.cloister.agent.sandbox;

import io.cloister.protocol.document.IsolationLevel;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What the supervisor says: measured code of ours, outside the sandbox, yet read as strictly as
/// the rest.
sealed interface ControlMessage {
    /// The sandbox is built.
    ///
    /// @param level how
    record Isolated(IsolationLevel level) implements ControlMessage {}

    /// It could not be built.
    record Failed(String reason) implements ControlMessage {}

    /// It has ended and nothing of it is left.
    ///
    /// @param limit the limit it was killed for
    /// @param waitStatus how the interpreter ended, as wait(2) tells; empty if it was killed with
    ///   its namespace
    /// @param usage what it used since user code started
    record Ended(Optional<Limit> limit, OptionalInt waitStatus, Usage usage)
            implements ControlMessage {
        /// The signal that ended the interpreter, if one did.
        OptionalInt signal() {
            OptionalInt signal =
                    waitStatus.isPresent()
                            ? OptionalInt.of(waitStatus.getAsInt() & 0x7F)
                            : OptionalInt.empty();
            return signal.isPresent() && signal.getAsInt() == 0 ? OptionalInt.empty() : signal;
        }

        /// The status the interpreter ended with, if it ended by itself.
        OptionalInt exitStatus() {
            return waitStatus.isPresent() && signal().isEmpty()
                    ? OptionalInt.of(waitStatus.getAsInt() >> 8 & 0xFF)
                    : OptionalInt.empty();
        }
    }

    /// The limits the supervisor watches, by their number from 1.
    List<Limit> LIMITS = List.of(Limit.MEMORY, Limit.CPU, Limit.WALL, Limit.PROCESSES);

    /// The levels there are, by their number from 0.
    List<IsolationLevel> LEVELS = List.of(IsolationLevel.values());

    /// Bytes of [Ended]'s body.
    int ENDED_BYTES = 1 + 4 + 8 + 8 + 8 + 4;

    /// Most bytes of [Failed]'s reason.
    int MOST_REASON_BYTES = 4000;

    /// Reads the next one.
    ///
    /// @throws EOFException if the supervisor has gone without a word
    /// @throws IOException if what came is none, or the connection broke
    static ControlMessage read(DataInputStream in) throws IOException {
        int kind = in.readUnsignedByte();
        int length = in.readInt();
        return switch (kind) {
            case 'I' -> {
                demand(length == 1);
                int level = in.readUnsignedByte();
                demand(level < LEVELS.size());
                yield new Isolated(LEVELS.get(level));
            }
            case 'F' -> {
                demand(length >= 0 && length <= MOST_REASON_BYTES);
                yield new Failed(new String(in.readNBytes(length), StandardCharsets.UTF_8));
            }
            case 'X' -> {
                demand(length == ENDED_BYTES);
                yield ended(in);
            }
            default -> throw new IOException("the supervisor sent a message of an unknown kind");
        };
    }

    private static Ended ended(DataInputStream in) throws IOException {
        int limit = in.readUnsignedByte();
        demand(limit <= LIMITS.size());
        int status = in.readInt();
        Duration wall = Duration.ofMillis(count(in));
        Duration cpu = Duration.ofMillis(count(in));
        long memory = count(in);
        int processes = in.readInt();
        demand(processes >= 0);
        return new Ended(
                limit == 0 ? Optional.empty() : Optional.of(LIMITS.get(limit - 1)),
                status < 0 ? OptionalInt.empty() : OptionalInt.of(status),
                new Usage(wall, cpu, memory, processes));
    }

    private static long count(DataInputStream in) throws IOException {
        long value = in.readLong();
        demand(value >= 0);
        return value;
    }

    private static void demand(boolean holds) throws IOException {
        if (!holds) {
            throw new IOException("the supervisor sent a malformed message");
        }
    }
}
