package io.cloister.attestation.appraisal;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

/// Why a policy's author relaxes a check. It reaches every result.
///
/// @param text 1 to 200 characters
public record Reason(String text) {
    private static final int MAX = 200;

    public Reason {
        if (text.isBlank() || text.length() > MAX) {
            throw new IllegalArgumentException("a reason has 1 to 200 characters");
        }
    }

    static Reason read(Json json, String path) throws MalformedException {
        if (json instanceof Json.Str(var text) && !text.isBlank() && text.length() <= MAX) {
            return new Reason(text);
        }
        throw new MalformedException(path, "a reason of 1 to 200 characters", json.text());
    }

    @Override
    public String toString() {
        return text;
    }
}
