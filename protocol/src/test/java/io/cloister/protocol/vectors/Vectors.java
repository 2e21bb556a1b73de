package io.cloister.protocol.vectors;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Phrases;
import io.cloister.protocol.json.Json;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// All vector files that are made here.
final class Vectors {
    private Vectors() {}

    static Map<String, Json.Obj> files() {
        Map<String, Json.Obj> files = new LinkedHashMap<>();
        files.put("canonical-json.json", SmallVectors.canonicalJson());
        files.put("phrase.json", SmallVectors.phrases());
        files.put("computation.json", ComputationVectors.make());
        files.put("documents/identity.json", SmallVectors.identities());
        files.put("output-index.json", OutputIndexVectors.make());
        for (Kind kind : Kind.values()) {
            files.put(kind.file(), DocumentVectors.of(kind));
        }
        return files;
    }

    static Json json(String text) {
        try {
            return Json.parse(text.getBytes(StandardCharsets.UTF_8), VectorFiles.LIMITS, "vector");
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    static List<String> phrase(String digest) {
        try {
            return Phrases.of(Sha256.parse(digest, "vector"));
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }
}
