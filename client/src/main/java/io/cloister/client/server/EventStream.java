package io.cloister.client.server;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/// Server-sent events (WHATWG HTML §9.2) of one computation, in order and without repetition; a
/// lost connection is taken up again after the last event seen. An event only says that it is time
/// to look again. Used by one thread.
public final class EventStream implements AutoCloseable {
    private static final int MAX_LINE = 64 << 10;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
    private static final int MAX_FAILURES = 20;

    private final Source source;
    private @Nullable InputStream connection;
    private long last;
    private int failures;

    interface Source {
        InputStream open(long last) throws ServerException, InterruptedException;
    }

    EventStream(Source source, long after) {
        this.source = source;
        this.last = after;
    }

    /// Waits for the next event.
    ///
    /// @throws UnreachableException if the server stays away for several minutes
    /// @throws ServerException if it refuses
    public Said.Event next() throws ServerException, InterruptedException {
        while (true) {
            try {
                Optional<Said.Event> event = read();
                if (event.isPresent()) {
                    failures = 0;
                    last = event.get().number();
                    return event.get();
                }
                pause(
                        new UnreachableException(
                                "the server ended the event stream",
                                new IOException("end of stream")));
            } catch (UnreachableException e) {
                pause(e);
            } catch (IOException e) {
                pause(Http.unreachable(e));
            } catch (MalformedException e) {
                throw new BadAnswerException("events", e);
            }
        }
    }

    private void pause(UnreachableException cause)
            throws UnreachableException, InterruptedException {
        close();
        if (++failures > MAX_FAILURES) {
            throw cause;
        }
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, 5));
        Thread.sleep(pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE);
    }

    /// The next event newer than the last one, or nothing at the end of the stream.
    private Optional<Said.Event> read()
            throws ServerException, InterruptedException, IOException, MalformedException {
        InputStream in = connection;
        if (in == null) {
            in = source.open(last);
            connection = in;
        }
        var data = new StringBuilder();
        while (true) {
            String line = line(in);
            if (line == null) {
                return Optional.empty();
            }
            if (line.isEmpty() && !data.isEmpty()) {
                byte[] utf8 = data.toString().getBytes(StandardCharsets.UTF_8);
                data.setLength(0);
                Said.Event event =
                        Said.Event.read(Json.parse(utf8, JsonLimits.MESSAGE, "event"), "event");
                if (event.number() > last) {
                    return Optional.of(event);
                }
            } else if (line.startsWith("data:")) {
                data.append(line.startsWith("data: ") ? line.substring(6) : line.substring(5));
                if (data.length() > MAX_LINE) {
                    throw new MalformedException(
                            "event", "at most " + MAX_LINE + " characters", "more");
                }
            }
        }
    }

    private static @Nullable String line(InputStream in) throws IOException, MalformedException {
        var line = new ByteArrayOutputStream();
        for (int one = in.read(); one != '\n'; one = in.read()) {
            if (one < 0) {
                return null;
            }
            if (one != '\r') {
                line.write(one);
            }
            if (line.size() > MAX_LINE) {
                throw new MalformedException(
                        "event", "lines of at most " + MAX_LINE + " bytes", "a longer one");
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /// Ends the connection.
    @Override
    public void close() {
        InputStream open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException _) {
                // Nothing of it is used any more.
            }
        }
    }
}
