package io.cloister.protocol.document;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Padme;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.util.Arrays;
import java.util.List;

/// What a reader's encrypted index says about the outputs of one run: names, true lengths, digests
/// (spec/documents.md §10). It is encrypted to the reader and bound by the receipt through its
/// ciphertext's digest.
///
/// @param entries one per other output of this reader, in the order of the receipt; no name twice
public record OutputIndex(List<Entry> entries) {
    /// Most outputs per reader.
    public static final int MAX_ENTRIES = 4_096;

    private static final String NAME = "output index";
    private static final long MAX_BYTES = 1L << 44;

    public OutputIndex {
        entries = List.copyOf(entries);
        if (entries.size() > MAX_ENTRIES) {
            throw new IllegalArgumentException("an index has at most " + MAX_ENTRIES + " entries");
        }
    }

    /// One output.
    ///
    /// @param name what user code called it; `result` unless named
    /// @param bytes its true length: what follows in the opened file is zero padding
    /// @param digest SHA-256 of the true bytes
    public record Entry(FileName name, long bytes, Sha256 digest) {
        static Entry read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            var entry =
                    new Entry(
                            fields.text("name", FileName::parse),
                            fields.integer("bytes", 0, MAX_BYTES),
                            fields.sha256("digest"));
            fields.end();
            return entry;
        }

        Json toJson() {
            return Json.object()
                    .put("name", name.value())
                    .put("bytes", bytes)
                    .put("digest", digest.toString())
                    .build();
        }
    }

    /// Reads an index from the bytes that were encrypted: the canonical form, then blanks up to its
    /// [padded][Padme] length.
    ///
    /// @throws MalformedException if they are anything else
    public static OutputIndex parse(Bytes padded) throws MalformedException {
        byte[] all = padded.toArray();
        int length = all.length;
        while (length > 0 && all[length - 1] == ' ') {
            length--;
        }
        if (all.length != Padme.length(length)) {
            throw new MalformedException(
                    NAME, "blanks up to " + Padme.length(length) + " bytes", all.length + " bytes");
        }
        Fields fields =
                Fields.of(
                        CanonicalJson.parse(Arrays.copyOf(all, length), JsonLimits.DOCUMENT, NAME),
                        NAME);
        fields.constant("type", Labels.OUTPUT_INDEX);
        var index =
                new OutputIndex(
                        Lists.unique(
                                fields.list("entries", MAX_ENTRIES, Entry::read),
                                Entry::name,
                                fields.path("entries")));
        fields.end();
        return index;
    }

    /// The bytes to encrypt: the canonical form, then blanks up to its [padded][Padme] length, so
    /// that the size of the ciphertext tells neither the names' nor the numbers' lengths.
    public Bytes padded() {
        byte[] canonical =
                Json.object()
                        .put("type", Labels.OUTPUT_INDEX)
                        .put("entries", entries.stream().map(Entry::toJson).toList())
                        .build()
                        .canonical();
        byte[] padded = Arrays.copyOf(canonical, (int) Padme.length(canonical.length));
        Arrays.fill(padded, canonical.length, padded.length, (byte) ' ');
        return Bytes.copyOf(padded);
    }
}
