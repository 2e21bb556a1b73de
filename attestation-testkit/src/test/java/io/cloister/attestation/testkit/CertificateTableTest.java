package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.amd.CertificateTable;
import io.cloister.attestation.amd.CertificateTable.Kind;
import io.cloister.attestation.testkit.FakeAmd.TableEntry;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/// What is refused of a certificate table, each time one field of one that is read.
class CertificateTableTest {
    private static final Bytes VCEK = Bytes.utf8("a vcek");
    private static final Bytes ASK = Bytes.utf8("an ask");
    private static final int FIRST = 72;

    private ByteBuffer table = ByteBuffer.allocate(0);

    @BeforeEach
    void anAcceptedTable() throws MalformedException {
        table =
                ByteBuffer.wrap(
                                FakeAmd.table(
                                                new TableEntry(TableEntry.VCEK, VCEK),
                                                new TableEntry(TableEntry.ASK, ASK))
                                        .toArray())
                        .order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(Map.of(Kind.VCEK, VCEK, Kind.ASK, ASK), read(table.array()).entries());
    }

    @Test
    void readsAnEmptyTable() throws MalformedException {
        assertEquals(CertificateTable.none(), read(new byte[24]));
        assertEquals(CertificateTable.none(), read(new byte[4096]));
    }

    @Test
    void readsEveryKind() throws MalformedException {
        Bytes all =
                FakeAmd.table(
                        new TableEntry(TableEntry.VCEK, VCEK),
                        new TableEntry(TableEntry.VLEK, VCEK),
                        new TableEntry(TableEntry.ASK, ASK),
                        new TableEntry(TableEntry.ARK, ASK),
                        new TableEntry(TableEntry.CRL, ASK));
        assertEquals(
                Map.of(
                        Kind.VCEK, VCEK, Kind.VLEK, VCEK, Kind.ASK, ASK, Kind.ARK, ASK, Kind.CRL,
                        ASK),
                read(all.toArray()).entries());
    }

    @Test
    void leavesOutWhatItDoesNotKnow() throws MalformedException {
        table.put(0, (byte) 0);
        assertEquals(Map.of(Kind.ASK, ASK), read(table.array()).entries());
    }

    @Test
    void acceptsZerosBehindTheLastEntry() throws MalformedException {
        Bytes padded = Bytes.concat(Bytes.copyOf(table.array()), Bytes.copyOf(new byte[100]));
        assertEquals(2, read(padded.toArray()).entries().size());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 23, 24, 47, 71})
    void refusesRowsWithoutEnd(int length) {
        refuses(Bytes.copyOf(table.array()).slice(0, length).toArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, FIRST - 1, FIRST + 1, FIRST + 12, -1, Integer.MIN_VALUE})
    void refusesAnEntryThatLiesElsewhere(int offset) {
        table.putInt(16, offset);
        refuses(table.array());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 7, 100, -1, Integer.MIN_VALUE})
    void refusesAnEntryOfAnotherLength(int length) {
        table.putInt(20, length);
        refuses(table.array());
    }

    @ParameterizedTest
    @CsvSource({"72, 6", "73, 5", "77, 1", "72, 12"})
    void refusesEntriesThatOverlap(int offset, int length) {
        table.putInt(40, offset).putInt(44, length);
        refuses(table.array());
    }

    @ParameterizedTest
    @ValueSource(ints = {7, -1, 0x7fffffff})
    void refusesAnEntryThatLeavesTheTable(int length) {
        table.putInt(44, length);
        refuses(table.array());
    }

    @Test
    void refusesAKindTwice() {
        refuses(
                FakeAmd.table(
                                new TableEntry(TableEntry.VCEK, VCEK),
                                new TableEntry(TableEntry.VCEK, VCEK))
                        .toArray());
    }

    @Test
    void refusesMoreRowsThanAnyHostWrites() {
        var rows = new byte[24 * 18 + 17];
        for (int i = 0; i < 17; i++) {
            rows[24 * i] = 1;
            ByteBuffer.wrap(rows)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(24 * i + 16, 24 * 18 + i)
                    .putInt(24 * i + 20, 1);
        }
        refuses(rows);
    }

    @Test
    void refusesBytesOfNoEntry() {
        refuses(Bytes.concat(Bytes.copyOf(table.array()), Bytes.utf8("x")).toArray());
    }

    private static void refuses(byte[] table) {
        assertThrows(MalformedException.class, () -> read(table));
    }

    private static CertificateTable read(byte[] table) throws MalformedException {
        return CertificateTable.parse(Bytes.copyOf(table));
    }
}
