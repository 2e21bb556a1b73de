package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Instant;

/// Uploads that go on at the same time, against one quota.
final class QuotasTest {
    @TempDir private Path data;
    private Stage stage;
    private Cast cast;
    private Database database;
    private Quotas quotas;
    private long quota;

    @BeforeEach
    void open() throws Exception {
        stage = new Stage(data, (_, _, _) -> {});
        cast = stage.gather(new Cast());
        database = Database.open(data.resolve(DataFolder.DATABASE));
        quotas = new Quotas(database);
        quota =
                database.read(handle ->
                        AccountTable.quota(handle, Cast.OWNER).orElseThrow().bytes()
                                - AccountTable.bytesUsed(handle, Cast.OWNER));
    }

    @AfterEach
    void close() throws Exception {
        database.close();
        stage.close();
    }

    private void store(long bytes) {
        var blob =
                new BlobTable.Blob(Cast.CAROL, Sha256.of(Bytes.utf8("blob")), bytes, Instant.now());
        database.change(handle -> assertTrue(BlobTable.insert(handle, cast.id, blob)));
    }

    @Test
    void countWhatIsOnTheWayTogether() throws Exception {
        try (Quotas.Room one = quotas.room(cast.id);
                Quotas.Room other = quotas.room(cast.id)) {
            one.take(quota - 1);
            other.take(1);
            Problem full = assertThrows(Problem.class, () -> other.take(1));
            assertEquals("quota-exceeded", full.code());
        }
    }

    @Test
    void countWhatWasStoredWhileAnotherWasOnTheWay() throws Exception {
        try (Quotas.Room slow = quotas.room(cast.id)) {
            slow.take(1);
            try (Quotas.Room fast = quotas.room(cast.id)) {
                fast.take(quota - 2);
                store(quota - 2);
            }
            slow.take(1);
            Problem full = assertThrows(Problem.class, () -> slow.take(1));
            assertEquals("quota-exceeded", full.code());
        }
    }

    @Test
    void forgetWhatWasDropped() throws Exception {
        try (Quotas.Room slow = quotas.room(cast.id)) {
            try (Quotas.Room dropped = quotas.room(cast.id)) {
                dropped.take(quota);
            }
            assertDoesNotThrow(() -> slow.take(quota));
        }
    }
}
