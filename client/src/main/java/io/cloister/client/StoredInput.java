package io.cloister.client;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.Optional;

/// An input this client encrypted and uploaded. Its name never reaches the server in clear.
///
/// @param name what user code will see
/// @param ciphertext digest of the age file
/// @param ciphertextBytes its size
/// @param bytes size of the clear file
/// @param clear digest of the clear file, by which the same one is known again; it never leaves
///   this key store
public record StoredInput(
        FileName name,
        Sha256 ciphertext,
        long ciphertextBytes,
        long bytes,
        Optional<Sha256> clear) {
    /// Without the clear file's digest: pushed again, it is taken for another file.
    StoredInput(FileName name, Sha256 ciphertext, long ciphertextBytes, long bytes) {
        this(name, ciphertext, ciphertextBytes, bytes, Optional.empty());
    }

    static StoredInput read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var input =
                new StoredInput(
                        fields.text("name", FileName::parse),
                        fields.sha256("ciphertext"),
                        fields.integer("ciphertextBytes", 1, Json.MAX_INTEGER),
                        fields.integer("bytes", 0, Json.MAX_INTEGER),
                        fields.optionalText("clear", Sha256::parse));
        fields.end();
        return input;
    }

    Json toJson() {
        return Json.object()
                .put("name", name.value())
                .put("ciphertext", ciphertext.toString())
                .put("ciphertextBytes", ciphertextBytes)
                .put("bytes", bytes)
                .putIfPresent("clear", clear)
                .build();
    }
}
