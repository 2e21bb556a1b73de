package io.cloister.attestation.appraisal;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.List;

/// Accepts Evidence of hardware kinds only. This version knows none, so it has no reference values
/// to list, and whatever is appraised against it is refused.
public record HardwarePolicy() implements AppraisalPolicy {
    static final String KIND = "hardware";

    static HardwarePolicy readFields(Fields fields) throws MalformedException {
        fields.list("referenceValues", 0, (json, path) -> json);
        fields.end();
        return new HardwarePolicy();
    }

    @Override
    public Json toJson() {
        return Json.object()
                .put("type", TYPE)
                .put("kind", KIND)
                .put("referenceValues", List.of())
                .build();
    }
}
