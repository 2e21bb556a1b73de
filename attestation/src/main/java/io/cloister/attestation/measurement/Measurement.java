package io.cloister.attestation.measurement;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// What a simulated enclave consists of (spec/evidence.md §3).
///
/// @param agent digest over the agent's jars
/// @param python digest over the files of the Python package
/// @param runtime digest of the runtime's lock file
public record Measurement(Sha256 agent, Sha256 python, Sha256 runtime) {
    /// Value of `type` in the document whose digest is the measurement.
    public static final String TYPE = "application/vnd.cloister.measurement.v1+json";

    /// Reads the three digests.
    ///
    /// @throws MalformedException if `json` is anything else, naming `path`
    public static Measurement read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var measurement =
                new Measurement(
                        fields.sha256("agent"), fields.sha256("python"), fields.sha256("runtime"));
        fields.end();
        return measurement;
    }

    /// As JSON.
    public Json toJson() {
        return Json.object()
                .put("agent", agent.toString())
                .put("python", python.toString())
                .put("runtime", runtime.toString())
                .build();
    }

    /// The one measurement: SHA-256 over the canonical document of all three.
    public Sha256 digest() {
        return Sha256.of(
                Json.object()
                        .put("type", TYPE)
                        .put("agent", agent.toString())
                        .put("python", python.toString())
                        .put("runtime", runtime.toString())
                        .build()
                        .canonical());
    }

    /// The form in which a proposal names it: `simulated:` and 64 hexadecimal digits.
    public String text() {
        return "simulated:" + digest().hex();
    }
}
