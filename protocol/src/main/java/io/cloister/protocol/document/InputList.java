package io.cloister.protocol.document;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.List;

/// A Data Provider's inputs for exactly one run, in order (spec/documents.md §8). It travels only
/// sealed to an enclave; its digest, made unguessable by the salt, is in the receipt.
///
/// @param agreement digest of the agreement
/// @param identity digest of the enclave's identity
/// @param signer the Data Provider
/// @param run 1 for the first
/// @param salt 16 random bytes
/// @param files names and ciphertexts, in the order user code reads them; 1 to 4,096
/// @param issuedAt whole seconds, the Data Provider's clock
public record InputList(
        Sha256 agreement,
        Sha256 identity,
        Email signer,
        long run,
        Bytes salt,
        List<InputFile> files,
        Instant issuedAt) {
    /// Most files in one list.
    public static final int MAX_FILES = 4_096;

    /// How many runs ahead of the last one that started lists are taken for: what one run's lists
    /// take is bounded, so this bounds all of them, however many runs the terms allow.
    public static final long MOST_RUNS_AHEAD = 8;

    /// Length of the salt in bytes.
    public static final int SALT_LENGTH = 16;

    /// The signed document.
    public static final DocumentType<InputList> TYPE = new Type();

    public InputList {
        files = List.copyOf(files);
        if (salt.length() != SALT_LENGTH || files.isEmpty() || files.size() > MAX_FILES) {
            throw new IllegalArgumentException(
                    "an input list has a salt of 16 bytes and 1 to 4,096 files");
        }
    }

    /// One input.
    ///
    /// @param name what user code sees
    /// @param ciphertext digest of the age file as stored
    /// @param ciphertextBytes its size, up to 16 TiB
    public record InputFile(FileName name, Sha256 ciphertext, long ciphertextBytes) {
        private static final long MAX_BYTES = 1L << 44;

        static InputFile read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            var file =
                    new InputFile(
                            fields.text("name", FileName::parse),
                            fields.sha256("ciphertext"),
                            fields.integer("ciphertextBytes", 1, MAX_BYTES));
            fields.end();
            return file;
        }

        Json toJson() {
            return Json.object()
                    .put("name", name.value())
                    .put("ciphertext", ciphertext.toString())
                    .put("ciphertextBytes", ciphertextBytes)
                    .build();
        }
    }

    private static final class Type implements DocumentType<InputList> {
        @Override
        public String payloadType() {
            return Labels.INPUT_LIST;
        }

        @Override
        public String name() {
            return "input list";
        }

        @Override
        public InputList read(Json payload) throws MalformedException {
            Fields fields = Fields.of(payload, name());
            fields.constant("type", payloadType());
            var list =
                    new InputList(
                            fields.sha256("agreement"),
                            fields.sha256("identity"),
                            fields.text("signer", Email::parse),
                            fields.integer("run", 1, Terms.MAX_RUNS),
                            fields.base64("salt", SALT_LENGTH, SALT_LENGTH),
                            Lists.nonEmpty(
                                    fields.list("files", MAX_FILES, InputFile::read),
                                    fields.path("files")),
                            Instant.ofEpochSecond(
                                    fields.integer("issuedAt", 0, Terms.MAX_INSTANT)));
            fields.end();
            return list;
        }

        @Override
        public Json write(InputList list) {
            return Json.object()
                    .put("type", payloadType())
                    .put("agreement", list.agreement.toString())
                    .put("identity", list.identity.toString())
                    .put("signer", list.signer.value())
                    .put("run", list.run)
                    .put("salt", list.salt.base64())
                    .put("files", list.files.stream().map(InputFile::toJson).toList())
                    .put("issuedAt", list.issuedAt.getEpochSecond())
                    .build();
        }
    }
}
