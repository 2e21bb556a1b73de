package io.cloister.attestation.appraisal;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

/// The members that reference values of all hardware kinds have.
final class HardwareValues {
    private static final int MAX_NAME = 60;

    private HardwareValues() {}

    static JsonObjectBuilder begin(HardwareValue value) {
        return Json.object().put("kind", value.kind().word()).put("name", value.name());
    }

    static String readName(Fields fields) throws MalformedException {
        return fields.string("name", 1, MAX_NAME);
    }

    static void requireName(String name) {
        if (name.isEmpty() || name.length() > MAX_NAME) {
            throw new IllegalArgumentException("a reference value's name has 1 to 60 characters");
        }
    }
}
