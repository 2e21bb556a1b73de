package io.cloister.attestation.amd;

import io.cloister.attestation.binary.BinaryReader;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The table of certificates that a host hands over beside a report (GHCB specification, "SNP
/// extended guest request"; also configfs-tsm's `auxblob`). The host writes it, so it is a pool of
/// candidates: nothing in it is believed but for what it chains to, a root least of all.
///
/// @param entries each kind at most once
public record CertificateTable(Map<Kind, Bytes> entries) {
    private static final int ROW = 24;
    private static final int MAX_ROWS = 16;

    public CertificateTable {
        entries = Map.copyOf(entries);
    }

    /// What an entry is said to be.
    public enum Kind {
        /// The chip's certificate.
        VCEK("63da758de6644564adc5f4b93be8accd"),
        /// The cloud provider's certificate.
        VLEK("a8074bc2a25a483eaae639c045a0b8a1"),
        /// The issuer of either.
        ASK("4ab7b379bbac4fe4a02f05aef327c782"),
        /// A root.
        ARK("c0b406a4a803495297433fb6014cd0ae"),
        /// A revocation list.
        CRL("92f81bc358114d3d97ffd19f88dc67ea");

        private final String guid;

        Kind(String guid) {
            this.guid = guid;
        }

        private static Optional<Kind> ofGuid(Bytes guid) {
            String hex = guid.hex();
            return List.of(values()).stream().filter(kind -> kind.guid.equals(hex)).findFirst();
        }
    }

    /// No table, or one without entries.
    public static CertificateTable none() {
        return new CertificateTable(Map.of());
    }

    private record Row(int index, Bytes guid, long offset, long length) {
        long end() {
            return offset + length;
        }
    }

    /// Reads a table. Entries of unknown kinds are left out; bytes that belong to no entry are
    /// zero.
    ///
    /// @throws MalformedException if rows lack their end, leave the table, overlap, are empty or
    ///   name a kind twice
    public static CertificateTable parse(Bytes table) throws MalformedException {
        BinaryReader reader = BinaryReader.of(table, "certificateTable");
        List<Row> rows = rows(reader);
        check(table, rows, reader.offset());
        var entries = new EnumMap<Kind, Bytes>(Kind.class);
        for (Row row : rows) {
            Optional<Kind> kind = Kind.ofGuid(row.guid);
            if (kind.isPresent()
                    && entries.put(kind.get(), table.slice((int) row.offset, (int) row.length))
                            != null) {
                throw new MalformedException(path(row), "each kind once", "a second " + kind.get());
            }
        }
        return new CertificateTable(entries);
    }

    private static List<Row> rows(BinaryReader reader) throws MalformedException {
        var rows = new ArrayList<Row>();
        while (true) {
            BinaryReader row = reader.part("rows[" + rows.size() + "]", ROW);
            Bytes guid = row.bytes("guid", 16);
            long offset = row.u32("offset");
            long length = row.u32("length");
            row.end();
            if (offset == 0 && length == 0 && guid.equals(Bytes.copyOf(new byte[16]))) {
                return rows;
            }
            if (rows.size() == MAX_ROWS) {
                throw new MalformedException(
                        "certificateTable.rows", "at most " + MAX_ROWS + " and an end", "more");
            }
            rows.add(new Row(rows.size(), guid, offset, length));
        }
    }

    /// Entries lie behind the rows and within the table, none over another, zeros between them.
    private static void check(Bytes table, List<Row> rows, int rowsEnd) throws MalformedException {
        long end = rowsEnd;
        for (Row row : rows.stream().sorted(Comparator.comparingLong(Row::offset)).toList()) {
            if (row.length == 0 || row.offset < end || row.end() > table.length()) {
                throw new MalformedException(
                        path(row),
                        "1 or more bytes from "
                                + end
                                + " to "
                                + table.length()
                                + ", over no other entry",
                        row.length + " bytes at " + row.offset);
            }
            zeros(table, end, row.offset);
            end = row.end();
        }
        zeros(table, end, table.length());
    }

    private static void zeros(Bytes table, long from, long to) throws MalformedException {
        for (long i = from; i < to; i++) {
            if (table.at((int) i) != 0) {
                throw new MalformedException(
                        "certificateTable",
                        "0 between and behind entries, at offset " + i,
                        Integer.toString(table.at((int) i) & 0xff));
            }
        }
    }

    private static String path(Row row) {
        return "certificateTable.rows[" + row.index + "]";
    }
}
