package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.regex.Pattern;

/// The locked set of Python packages a computation runs with.
///
/// @param name 1 to 40 of `a-z 0-9 -`, for people
/// @param digest SHA-256 of the lock file's bytes: what counts
public record RuntimeRef(String name, Sha256 digest) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");

    public RuntimeRef {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a runtime name: " + name);
        }
    }

    /// Reads `{"name":…,"digest":…}`.
    public static RuntimeRef read(Json value, String path) throws MalformedException {
        Fields fields = Fields.of(value, path);
        String name = fields.string("name", 1, 40);
        if (!NAME.matcher(name).matches()) {
            throw new MalformedException(fields.path("name"), "a runtime name of a-z 0-9 -", name);
        }
        var runtime = new RuntimeRef(name, fields.sha256("digest"));
        fields.end();
        return runtime;
    }

    /// As JSON.
    public Json toJson() {
        return Json.object().put("name", name).put("digest", digest.toString()).build();
    }
}
