package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.Optional;

/// Which code it is, by digests.
///
/// @param bundle of the tar as uploaded
/// @param bundleBytes its size, 1 to [CodeStatement#MAX_BUNDLE_BYTES]
/// @param entrypoint of `run.py`
/// @param requirements of `requirements.txt`, if there is one
/// @param lock of `requirements.lock`, if there is one
public record CodeDigests(
        Sha256 bundle,
        long bundleBytes,
        Sha256 entrypoint,
        Optional<Sha256> requirements,
        Optional<Sha256> lock) {
    public CodeDigests {
        if (bundleBytes < 1 || bundleBytes > CodeStatement.MAX_BUNDLE_BYTES) {
            throw new IllegalArgumentException(
                    "a bundle has 1 to " + CodeStatement.MAX_BUNDLE_BYTES + " bytes");
        }
    }

    /// Reads the digests.
    ///
    /// @throws MalformedException naming the member that is missing, unknown or out of bounds
    public static CodeDigests read(Json value, String path) throws MalformedException {
        Fields fields = Fields.of(value, path);
        var digests =
                new CodeDigests(
                        fields.sha256("bundle"),
                        fields.integer("bundleBytes", 1, CodeStatement.MAX_BUNDLE_BYTES),
                        fields.sha256("entrypoint"),
                        fields.optionalText("requirements", Sha256::parse),
                        fields.optionalText("lock", Sha256::parse));
        fields.end();
        return digests;
    }

    /// As JSON.
    public Json toJson() {
        return Json.object()
                .put("bundle", bundle.toString())
                .put("bundleBytes", bundleBytes)
                .put("entrypoint", entrypoint.toString())
                .putIfPresent("requirements", requirements)
                .putIfPresent("lock", lock)
                .build();
    }
}
