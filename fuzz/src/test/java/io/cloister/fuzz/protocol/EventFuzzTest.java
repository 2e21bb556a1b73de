package io.cloister.fuzz.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.Transition;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A log of events, read back, never breaks the state machine.
final class EventFuzzTest {
    private record Entry(String type, Json data) {
        static Entry read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            return new Entry(fields.string("type", 0, 100), fields.any("data"));
        }
    }

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void anyLogCanBeReplayed(byte[] bytes) {
        try {
            Fields log = Fields.of(Json.parse(bytes, JsonLimits.DOCUMENT, "fuzz"), "fuzz");
            replay(log.list("events", 100, Entry::read));
        } catch (MalformedException _) {
            // Refused.
        }
    }

    private static void replay(List<Entry> entries) throws MalformedException {
        @Nullable Computation state = null;
        for (Entry entry : entries) {
            Event event = Event.read(entry.type(), entry.data());
            assertEquals(event, Event.read(event.type(), event.data()));
            Transition transition;
            if (state != null) {
                transition = state.apply(event);
            } else if (event instanceof Event.First created) {
                transition = Computation.create(created);
            } else {
                return;
            }
            if (transition instanceof Transition.Accepted(var next, var _)) {
                state = next;
                state.pendingActions();
            }
        }
    }
}
