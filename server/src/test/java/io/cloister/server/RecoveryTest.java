package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.protocol.Email;
import io.cloister.protocol.state.Event;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// What the next server finishes when one died between an event and the deletion that follows it.
final class RecoveryTest {
    private static final byte[] FIRST = "first".getBytes(StandardCharsets.UTF_8);
    private static final byte[] SECOND = "second".getBytes(StandardCharsets.UTF_8);

    @TempDir private Path data;
    private Stage stage;
    private Cast cast;

    @BeforeEach
    void open() throws Exception {
        stage = new Stage(data, (_, _, _) -> {});
        cast = stage.gather(new Cast());
        put(Cast.CAROL, FIRST);
        put(Cast.DAVE, SECOND);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    private void put(Email person, byte[] content) {
        stage.api.put(Stage.blob(cast, content), cast.accessToken(person), content).expect(201);
    }

    private int status(Email person, byte[] content) {
        return stage.api.get(Stage.blob(cast, content), cast.accessToken(person)).status();
    }

    @Test
    void theDataOfWhatWasArchivedGoAndItsCodeStays() throws Exception {
        stage.restart(control -> control.registry().append(cast.id, new Event.Archived()));
        assertEquals(404, status(Cast.CAROL, FIRST));
        assertEquals(404, status(Cast.DAVE, SECOND));
        assertEquals(200, status(Cast.CODER, Cast.BUNDLE));
    }

    @Test
    void theDataOfWhoLeftGoAndOthersStay() throws Exception {
        stage.restart(control ->
                control.registry().append(cast.id, new Event.Withdrawn(Cast.CAROL, "no")));
        assertEquals(404, status(Cast.CAROL, FIRST));
        assertEquals(200, status(Cast.DAVE, SECOND));
    }

    @Test
    void nothingGoesWithoutAnEvent() throws Exception {
        stage.restart();
        assertEquals(200, status(Cast.CAROL, FIRST));
        assertEquals(200, status(Cast.DAVE, SECOND));
    }
}
