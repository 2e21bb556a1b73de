package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Receipt;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Optional;

/// How many outputs of a run can wait for their headers.
final class StagedOutputsTest {
    private static StagedOutputs.Name result(long position) {
        return new StagedOutputs.Name(Cast.ERIN, Receipt.Kind.RESULT, position);
    }

    @TempDir private Path data;

    @Test
    void takesAsManyOutputsAsAReceiptNamesAndNoMore() throws Exception {
        try (Database database = Database.open(data.resolve(DataFolder.DATABASE));
                Quotas.Room room = new Quotas(database).new Room(Cast.OWNER)) {
            takesAsMany(
                    new StagedOutputs.Payload(
                            data.resolve("payload"), "payload", 0, Sha256.of(new byte[0]), room));
        }
    }

    private static void takesAsMany(StagedOutputs.Payload payload) {
        var staged = new StagedOutputs();
        for (int i = 0; i < Receipt.MAX_OUTPUTS; i++) {
            assertEquals(Optional.empty(), staged.refuses(result(i)));
            staged.add(result(i), payload);
        }
        assertEquals(Optional.of("duplicate"), staged.refuses(result(0)));
        assertEquals(Optional.of("too-many"), staged.refuses(result(Receipt.MAX_OUTPUTS)));
    }
}
