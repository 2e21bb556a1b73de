package io.cloister.server;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Pattern;

/// `spec/openapi.yaml` as a judge of answers: every status, media type and body must be one the
/// document allows.
final class Contract {
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "head");

    private final JsonNode document;
    private final Map<String, Operation> operations = new TreeMap<>();
    private final SchemaRegistry schemas =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final Map<String, Schema> compiled = new HashMap<>();
    private final Set<String> exercised = new ConcurrentSkipListSet<>();

    /// One operation of the document.
    record Operation(String id, String method, String path, Pattern pattern, JsonNode node) {}

    Contract() {
        Path file = Path.of(System.getProperty("cloister.root", "..")).resolve("spec/openapi.yaml");
        document = new YAMLMapper().readTree(file.toFile());
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
                if (METHODS.contains(method.getKey())) {
                    String id = method.getValue().get("operationId").asString();
                    Pattern pattern =
                            Pattern.compile(path.getKey().replaceAll("\\{[a-z0-9]+}", "[^/]+"));
                    operations.put(
                            id,
                            new Operation(
                                    id,
                                    method.getKey(),
                                    path.getKey(),
                                    pattern,
                                    method.getValue()));
                }
            }
        }
    }

    Map<String, Operation> operations() {
        return operations;
    }

    /// Operations whose success was seen.
    Set<String> exercised() {
        return new TreeSet<>(exercised);
    }

    /// Throws unless the document allows this answer.
    synchronized void judge(String method, String path, int status, String mediaType, byte[] body) {
        for (Operation operation : operations.values()) {
            if (operation.method().equalsIgnoreCase(method)
                    && operation.pattern().matcher(path).matches()) {
                judge(operation, status, mediaType, body);
                if (status < 300) {
                    exercised.add(operation.id());
                }
                return;
            }
        }
        if (status < 400) {
            throw new AssertionError(method + " " + path + " is not in the document");
        }
        judgeBody("unrouted", document.at("/components/responses/Problem"), mediaType, body);
    }

    private void judge(Operation operation, int status, String mediaType, byte[] body) {
        JsonNode responses = operation.node().get("responses");
        JsonNode response = responses.get(Integer.toString(status));
        if (response == null && status >= 400) {
            response = responses.get("default");
            if (response == null) {
                // An anonymous operation that can't fail can still be unreadable.
                response = document.at("/components/responses/Problem");
            }
        }
        if (response == null) {
            throw new AssertionError(operation.id() + " may not answer " + status);
        }
        if (!operation.method().equals("head")) {
            judgeBody(operation.id() + " " + status, resolve(response), mediaType, body);
        }
    }

    private JsonNode resolve(JsonNode node) {
        JsonNode reference = node.get("$ref");
        return reference == null ? node : document.at(reference.asString().substring(1));
    }

    private void judgeBody(String what, JsonNode response, String mediaType, byte[] body) {
        JsonNode content = response.get("content");
        if (content == null) {
            if (body.length > 0) {
                throw new AssertionError(what + ": the document names no body");
            }
            return;
        }
        String bare = mediaType.split(";", 2)[0];
        JsonNode media = content.get(bare);
        if (media == null) {
            throw new AssertionError(what + ": the document does not name " + mediaType);
        }
        if (bare.endsWith("json")) {
            List<Error> errors =
                    schema(what + bare, media.get("schema"))
                            .validate(
                                    new ObjectMapper()
                                            .readTree(new String(body, StandardCharsets.UTF_8)));
            if (!errors.isEmpty()) {
                throw new AssertionError(
                        what + ": " + errors + " in " + new String(body, StandardCharsets.UTF_8));
            }
        }
    }

    private Schema schema(String key, JsonNode schema) {
        return compiled.computeIfAbsent(
                key,
                _ -> {
                    ObjectNode whole = schema.deepCopy().asObject();
                    whole.set("$defs", document.at("/components/schemas").deepCopy());
                    String text = whole.toString().replace("#/components/schemas/", "#/$defs/");
                    return schemas.getSchema(new ObjectMapper().readTree(text));
                });
    }

    /// What the document says of the codes that are the server's own.
    String codesOfItsOwn() {
        String all =
                document.at("/components/schemas/Problem/properties/code/description").asString();
        return all.substring(0, all.indexOf("Those of the protocol"));
    }

    /// The roles the document lets call an operation.
    static Set<Access> roles(Operation operation) {
        List<Access> roles = new ArrayList<>();
        operation.node().get("x-roles").forEach(role -> roles.add(Access.ofWord(role.asString())));
        return Set.copyOf(roles);
    }

    /// The longest body the document lets an operation have; 0 for none.
    long maxBytes(Operation operation) {
        JsonNode body = operation.node().get("requestBody");
        return body == null ? 0 : resolve(body).get("x-max-bytes").asLong();
    }
}
