package io.cloister.attestation.measurement;

import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/// Digests over sets of files (spec/evidence.md §3). Pure functions.
public final class Measurements {
    /// Value of `type` in the document whose digest stands for a set of files.
    public static final String FILES_TYPE = "application/vnd.cloister.measured-files.v1+json";

    private Measurements() {}

    /// The digest of a set of files: SHA-256 over a canonical document that lists each by name and
    /// digest, ordered by name (UTF-16 code units).
    ///
    /// @param purpose what the set is: `agent` or `python`; one set's digest never stands for the
    ///   other's
    /// @throws IllegalArgumentException if a name occurs twice
    public static Sha256 ofFiles(String purpose, List<MeasuredFile> files) {
        var names = new HashSet<String>();
        for (MeasuredFile file : files) {
            if (!names.add(file.name())) {
                throw new IllegalArgumentException("two files named " + file.name());
            }
        }
        List<Json> listed =
                files.stream()
                        .sorted(Comparator.comparing(MeasuredFile::name))
                        .<Json>map(file ->
                                Json.object()
                                        .put("name", file.name())
                                        .put("digest", file.digest().toString())
                                        .build())
                        .toList();
        return Sha256.of(
                Json.object()
                        .put("type", FILES_TYPE)
                        .put("purpose", purpose)
                        .put("files", listed)
                        .build()
                        .canonical());
    }
}
