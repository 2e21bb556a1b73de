package io.cloister.attestation.appraisal;

import io.cloister.attestation.measurement.Measurement;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// A Reference Value (RFC 9334 §8.3): an enclave its author accepts.
///
/// @param name what people call it, 1 to 60 characters
/// @param measurement what the enclave must consist of
public record ReferenceValue(String name, Measurement measurement) {
    private static final int MAX_NAME = 60;

    public ReferenceValue {
        if (name.isEmpty() || name.length() > MAX_NAME) {
            throw new IllegalArgumentException("a reference value's name has 1 to 60 characters");
        }
    }

    static ReferenceValue read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        String name = fields.string("name", 1, MAX_NAME);
        Measurement measurement =
                Measurement.read(fields.any("measurement"), fields.path("measurement"));
        fields.end();
        return new ReferenceValue(name, measurement);
    }

    Json toJson() {
        return Json.object().put("name", name).put("measurement", measurement.toJson()).build();
    }
}
