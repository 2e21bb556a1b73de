package io.cloister.protocol.document;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.util.List;

/// The inputs of one run in the Cosmian dialect, in the order in which they arrived, all providers'
/// together: the server's word, where an input list has its provider's signature (spec/cosmian.md
/// §5). What keeps the server from bringing data of its own is only that each file opens with its
/// provider's key.
///
/// @param computation which
/// @param agreement digest of the agreement
/// @param run for which run, from 1
/// @param files 0 to [Receipt#MAX_INPUTS], in ascending order of arrival
public record CosmianInputs(
        ComputationId computation, Sha256 agreement, long run, List<File> files) {
    private static final String NAME = "Cosmian inputs";

    public CosmianInputs {
        files = List.copyOf(files);
    }

    /// One file.
    ///
    /// @param provider whose
    /// @param name as uploaded
    /// @param ciphertext digest
    /// @param bytes size of the ciphertext
    /// @param arrivedMillis when it arrived: milliseconds since 1970, the server's clock
    public record File(
            Email provider, FileName name, Sha256 ciphertext, long bytes, long arrivedMillis) {
        /// Largest ciphertext: 16 TiB.
        public static final long MAX_BYTES = 1L << 44;

        /// The same, arrived at another instant.
        ///
        /// @param millis milliseconds since 1970
        public File arrivedAt(long millis) {
            return new File(provider, name, ciphertext, bytes, millis);
        }

        /// Reads a file's entry.
        ///
        /// @throws MalformedException naming the member that is missing, unknown or out of bounds
        public static File read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            var file =
                    new File(
                            fields.text("provider", Email::parse),
                            fields.text("name", FileName::parse),
                            fields.sha256("ciphertext"),
                            fields.integer("bytes", 1, MAX_BYTES),
                            fields.integer("arrivedMillis", 0, Terms.MAX_INSTANT * 1_000));
            fields.end();
            return file;
        }

        /// As JSON.
        public Json toJson() {
            return Json.object()
                    .put("provider", provider.value())
                    .put("name", name.value())
                    .put("ciphertext", ciphertext.toString())
                    .put("bytes", bytes)
                    .put("arrivedMillis", arrivedMillis)
                    .build();
        }
    }

    /// Reads the inputs from their canonical bytes.
    ///
    /// @throws MalformedException if they are not
    public static CosmianInputs parse(Bytes canonical) throws MalformedException {
        Fields fields =
                Fields.of(
                        CanonicalJson.parse(canonical.toArray(), JsonLimits.DOCUMENT, NAME), NAME);
        fields.constant("type", Labels.COSMIAN_INPUTS);
        var inputs =
                new CosmianInputs(
                        fields.text("computation", ComputationId::parse),
                        fields.sha256("agreement"),
                        fields.integer("run", 1, Terms.MAX_RUNS),
                        fields.list("files", Receipt.MAX_INPUTS, File::read));
        fields.end();
        for (int i = 1; i < inputs.files.size(); i++) {
            if (inputs.files.get(i - 1).arrivedMillis() > inputs.files.get(i).arrivedMillis()) {
                throw new MalformedException(
                        fields.path("files"), "ascending order of arrival", "another");
            }
        }
        if (!inputs.canonical().equals(canonical)) {
            throw new MalformedException(NAME, "the one form of its content", "another");
        }
        return inputs;
    }

    /// The canonical bytes.
    public Bytes canonical() {
        return Bytes.copyOf(
                Json.object()
                        .put("type", Labels.COSMIAN_INPUTS)
                        .put("computation", computation.toString())
                        .put("agreement", agreement.toString())
                        .put("run", run)
                        .put("files", files.stream().map(File::toJson).toList())
                        .build()
                        .canonical());
    }
}
