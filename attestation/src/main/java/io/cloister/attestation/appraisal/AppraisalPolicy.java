package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.util.List;

/// What a participant demands of an enclave (RFC 9334 §8.5): a value with one canonical form and a
/// digest, and a file that people can write (spec/evidence.md §7).
///
/// A policy is for hardware or for simulation: there is no value that accepts both. It is strict
/// about whatever it does not mention; each relaxation is named, carries its author's reason, and
/// appears in every result it made possible.
public sealed interface AppraisalPolicy permits HardwarePolicy, SimulatedPolicy {
    /// Value of the `type` member.
    String TYPE = "application/vnd.cloister.appraisal-policy.v1+json";

    /// The policy that holds where a participant says nothing: hardware kinds only.
    static AppraisalPolicy builtIn() {
        return HardwarePolicy.of(List.of());
    }

    /// Reads a policy file: UTF-8 JSON in any layout, at most 64 KiB, with comments from `//` to
    /// the end of the line.
    ///
    /// @throws MalformedException if it is no policy, naming the member
    static AppraisalPolicy parse(Bytes file) throws MalformedException {
        String path = "policy";
        Fields fields =
                Fields.of(Json.parse(PolicyComments.blanked(file), JsonLimits.MESSAGE, path), path);
        fields.constant("type", TYPE);
        String kind = fields.string("kind", 1, 40);
        return switch (kind) {
            case HardwarePolicy.KIND -> HardwarePolicy.readFields(fields);
            case SimulatedPolicy.KIND -> SimulatedPolicy.readFields(fields);
            default ->
                    throw new MalformedException(
                            fields.path("kind"), "hardware or simulated", kind);
        };
    }

    /// What it accepts and refuses, for people, one sentence each. Names and reasons in it are as
    /// its author wrote them.
    List<String> sentences();

    /// As JSON; reading it again gives an equal policy.
    Json toJson();

    /// SHA-256 over the canonical form.
    default Sha256 digest() {
        return Sha256.of(toJson().canonical());
    }
}
