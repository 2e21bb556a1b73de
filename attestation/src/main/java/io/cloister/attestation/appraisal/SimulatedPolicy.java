package io.cloister.attestation.appraisal;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Accepts simulated Evidence only, which protects nothing from the operator: whoever runs the
/// installation holds the root.
///
/// @param measurements which enclaves
/// @param root whose platforms
/// @param debug whether such as can be looked into
public record SimulatedPolicy(MeasurementRule measurements, RootRule root, DebugRule debug)
        implements AppraisalPolicy {
    static final String KIND = "simulated";

    private static final String ANY_MEASUREMENT = "anyMeasurement";
    private static final String ANY_ROOT = "anyRoot";
    private static final String DEBUG = "debug";

    /// Accepts these enclaves on platforms under `root`.
    public static SimulatedPolicy pinned(PublicSigningKey root, List<ReferenceValue> values) {
        return new SimulatedPolicy(
                new MeasurementRule.OneOf(values),
                new RootRule.Pinned(root),
                new DebugRule.Refuse());
    }

    /// The same policy, accepting whatever an enclave consists of.
    ///
    /// @param reason 1 to 200 characters
    public SimulatedPolicy allowAnyMeasurement(String reason) {
        return new SimulatedPolicy(new MeasurementRule.Any(new Reason(reason)), root, debug);
    }

    /// The same policy, accepting platforms under whatever root comes with the Evidence.
    ///
    /// @param reason 1 to 200 characters
    public SimulatedPolicy allowAnyRoot(String reason) {
        return new SimulatedPolicy(measurements, new RootRule.Any(new Reason(reason)), debug);
    }

    /// The same policy, accepting enclaves that can be looked into.
    ///
    /// @param reason 1 to 200 characters
    public SimulatedPolicy allowDebug(String reason) {
        return new SimulatedPolicy(measurements, root, new DebugRule.Allow(new Reason(reason)));
    }

    /// Accepts these enclaves on platforms under any root.
    ///
    /// @param reason why no root is pinned; 1 to 200 characters
    public static SimulatedPolicy anyRoot(List<ReferenceValue> values, String reason) {
        return new SimulatedPolicy(
                new MeasurementRule.OneOf(values),
                new RootRule.Any(new Reason(reason)),
                new DebugRule.Refuse());
    }

    static SimulatedPolicy readFields(Fields fields) throws MalformedException {
        Optional<Allowances> given = fields.optional("allow", Allowances::read);
        Allowances allow = given.orElseGet(Allowances::none);
        Optional<List<ReferenceValue>> values =
                fields.has("referenceValues")
                        ? Optional.of(
                                fields.list(
                                        "referenceValues",
                                        MeasurementRule.OneOf.MAX,
                                        ReferenceValue::read))
                        : Optional.empty();
        Optional<PublicSigningKey> root = fields.optionalText("root", PublicSigningKey::parse);
        fields.end();
        requireOne(
                values,
                allow.anyMeasurement(),
                fields.path("referenceValues"),
                "allow.anyMeasurement");
        requireOne(root, allow.anyRoot(), fields.path("root"), "allow.anyRoot");
        return new SimulatedPolicy(
                values.<MeasurementRule>map(MeasurementRule.OneOf::new)
                        .or(() -> allow.anyMeasurement().map(MeasurementRule.Any::new))
                        .orElseThrow(),
                root.<RootRule>map(RootRule.Pinned::new)
                        .or(() -> allow.anyRoot().map(RootRule.Any::new))
                        .orElseThrow(),
                allow.debug()
                        .<DebugRule>map(DebugRule.Allow::new)
                        .orElseGet(DebugRule.Refuse::new));
    }

    private static void requireOne(
            Optional<?> value, Optional<Reason> relaxation, String path, String relaxed)
            throws MalformedException {
        if (value.isPresent() == relaxation.isPresent()) {
            throw new MalformedException(
                    path,
                    "either this or " + relaxed + " with a reason",
                    value.isPresent() ? "both" : "neither");
        }
    }

    @Override
    public List<String> sentences() {
        var sentences = new ArrayList<String>();
        sentences.add(
                "Accepts simulated enclaves, which protect nothing from the operator; hardware is"
                        + " always refused.");
        switch (measurements) {
            case MeasurementRule.OneOf(var values) -> {
                if (values.isEmpty()) {
                    sentences.add("Accepts nothing yet: it lists no reference value.");
                }
                values.forEach(value ->
                        sentences.add(
                                "Accepts the enclave \""
                                        + value.name()
                                        + "\", which measures "
                                        + value.measurement().text()
                                        + "."));
            }
            case MeasurementRule.Any(var reason) ->
                    sentences.add("Relaxed: accepts any enclave, because: " + reason + ".");
        }
        switch (root) {
            case RootRule.Pinned(var key) ->
                    sentences.add("Accepts platforms under the root " + key + " only.");
            case RootRule.Any(var reason) ->
                    sentences.add("Relaxed: accepts any simulated root, because: " + reason + ".");
        }
        switch (debug) {
            case DebugRule.Refuse() ->
                    sentences.add("Refuses enclaves that a debugger can look into.");
            case DebugRule.Allow(var reason) ->
                    sentences.add(
                            "Relaxed: accepts enclaves that a debugger can look into, because: "
                                    + reason
                                    + ".");
        }
        return List.copyOf(sentences);
    }

    @Override
    public Json toJson() {
        JsonObjectBuilder policy = Json.object().put("type", TYPE).put("kind", KIND);
        JsonObjectBuilder allow = Json.object();
        switch (measurements) {
            case MeasurementRule.OneOf(var values) ->
                    policy.put(
                            "referenceValues",
                            values.stream().map(ReferenceValue::toJson).toList());
            case MeasurementRule.Any(var reason) -> allow.put(ANY_MEASUREMENT, reason.text());
        }
        switch (root) {
            case RootRule.Pinned(var key) -> policy.put("root", key.toString());
            case RootRule.Any(var reason) -> allow.put(ANY_ROOT, reason.text());
        }
        switch (debug) {
            case DebugRule.Refuse() -> {}
            case DebugRule.Allow(var reason) -> allow.put(DEBUG, reason.text());
        }
        return policy.put("allow", allow.build()).build();
    }

    private record Allowances(
            Optional<Reason> anyMeasurement, Optional<Reason> anyRoot, Optional<Reason> debug) {
        static Allowances none() {
            return new Allowances(Optional.empty(), Optional.empty(), Optional.empty());
        }

        static Allowances read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var allowances =
                    new Allowances(
                            fields.optional(ANY_MEASUREMENT, Reason::read),
                            fields.optional(ANY_ROOT, Reason::read),
                            fields.optional(DEBUG, Reason::read));
            fields.end();
            return allowances;
        }
    }
}
