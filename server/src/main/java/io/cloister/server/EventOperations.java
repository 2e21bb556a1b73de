package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// A computation's events as a list, or as a stream of server-sent events (WHATWG HTML §9.2) that
/// goes on.
final class EventOperations {
    private static final int MAX_LIST = 500;
    private static final int MAX_STREAMS = 64;
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);

    private final Control control;
    private final Gate gate;
    private final Map<Email, Integer> streams = new ConcurrentHashMap<>();
    private volatile boolean stopping;

    EventOperations(Control control, Gate gate) {
        this.control = control;
        this.gate = gate;
    }

    /// Ends all streams.
    void stop() {
        stopping = true;
        control.feeds().wakeAll();
    }

    void events(Call call) throws Problem, IOException, InterruptedException {
        long after = call.query("after", 0, 0, Json.MAX_INTEGER);
        if (call.header("Accept")
                .filter(accept -> accept.contains("text/event-stream"))
                .isPresent()) {
            Optional<String> last = call.header("Last-Event-ID");
            stream(call, last.isPresent() ? lastId(last.get()) : after);
        } else {
            List<Json> events = read(call.computation(), after).stream().map(Views::event).toList();
            call.answer(200, Json.object().put("events", events).build());
        }
    }

    private static long lastId(String text) throws Problem {
        if (!text.matches("[0-9]{1,15}")) {
            throw Problem.invalid("Last-Event-ID", "the number of an event", text);
        }
        return Long.parseLong(text);
    }

    private List<ComputationTable.Recorded> read(ComputationId computation, long after) {
        return control.database()
                .read(handle -> ComputationTable.events(handle, computation, after, MAX_LIST));
    }

    private void stream(Call call, long after) throws Problem, IOException, InterruptedException {
        Email email = call.email();
        try {
            if (streams.merge(email, 1, Integer::sum) > MAX_STREAMS) {
                throw Problem.field(
                        429,
                        "too-many-requests",
                        "event streams of " + email,
                        "at most " + MAX_STREAMS + " at once",
                        "more");
            }
            call.context().res().setContentType("text/event-stream");
            call.context().res().setCharacterEncoding("utf-8");
            call.context().res().setHeader("X-Accel-Buffering", "no");
            send(call, after, call.context().res().getOutputStream());
        } finally {
            streams.computeIfPresent(email, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private void send(Call call, long after, OutputStream out)
            throws Problem, IOException, InterruptedException {
        ComputationId computation = call.computation();
        long sent = after;
        out.write(":\n\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
        try (Feeds.Subscription subscription = control.feeds().subscribe(computation)) {
            while (!stopping && gate.stillAdmits(call)) {
                List<ComputationTable.Recorded> events = read(computation, sent);
                for (ComputationTable.Recorded event : events) {
                    out.write(
                            ("id: "
                                            + event.number()
                                            + "\nevent: "
                                            + event.event().type()
                                            + "\ndata: "
                                            + Views.event(event).text()
                                            + "\n\n")
                                    .getBytes(StandardCharsets.UTF_8));
                    sent = event.number();
                }
                if (events.isEmpty()) {
                    out.write(":\n\n".getBytes(StandardCharsets.US_ASCII));
                }
                out.flush();
                subscription.await(sent, KEEP_ALIVE);
            }
        }
    }
}
