package io.cloister.attestation.testkit;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.AttestationCheck;
import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.attestation.appraisal.AttestationResult.Affirmed;
import io.cloister.attestation.appraisal.AttestationResult.Refused;
import io.cloister.attestation.appraisal.Expectation;
import io.cloister.attestation.appraisal.Narrowing;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.List;

/// One vector of `spec/vectors/attestation-simulated` or `attestation-hardware`: input of the whole
/// procedure, and what must come out.
///
/// @param id names it for ever
/// @param comment what is wrong with it, or why it is right
/// @param bundle the evidence bundle's bytes
/// @param policy the appraisal policy
/// @param reportData 64 bytes
/// @param measurements what the computation is narrowed to; none means it is not
/// @param instant to verify for
/// @param outcome `affirmed`, `refused` or `could-not-check`
/// @param stage at which it is refused: `parse`, `verify` or `appraise`; empty otherwise
/// @param codes of all findings that are not met, in order
public record VectorCase(
        String id,
        String comment,
        Bytes bundle,
        AppraisalPolicy policy,
        Bytes reportData,
        List<String> measurements,
        Instant instant,
        String outcome,
        String stage,
        List<String> codes) {
    public VectorCase {
        measurements = List.copyOf(measurements);
        codes = List.copyOf(codes);
    }

    /// What really comes out under the roots of `verifier`.
    public String actual(Verifier verifier) {
        try {
            return switch (AttestationCheck.check(
                    verifier,
                    bundle,
                    policy,
                    new Expectation(reportData, Narrowing.ofProposal(measurements)),
                    instant)) {
                case Affirmed _ -> "affirmed  []";
                case Refused refused -> "refused " + refused.stage().word() + " " + codes(refused);
            };
        } catch (CouldNotCheckException _) {
            return "could-not-check  []";
        }
    }

    /// What must come out, in the same words.
    public String expected() {
        return outcome + " " + stage + " " + codes;
    }

    private static List<String> codes(AttestationResult result) {
        return result.reasons().stream().map(finding -> finding.code().code()).toList();
    }

    /// As JSON.
    public Json toJson() {
        return Json.object()
                .put("id", id)
                .put("comment", comment)
                .put("bundle", bundle.base64())
                .put("policy", policy.toJson())
                .put("reportData", reportData.hex())
                .put("measurements", measurements.stream().map(Json::of).toList())
                .put("instant", instant.getEpochSecond())
                .put("outcome", outcome)
                .put("stage", stage)
                .put("codes", codes.stream().map(Json::of).toList())
                .build();
    }

    /// Reads one vector.
    public static VectorCase read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var read =
                new VectorCase(
                        fields.string("id", 1, 80),
                        fields.string("comment", 1, 400),
                        fields.base64("bundle", 0, 1 << 20),
                        AppraisalPolicy.parse(Bytes.copyOf(fields.any("policy").canonical())),
                        fields.text("reportData", Bytes::fromHex),
                        fields.texts("measurements", 64, (text, _) -> text),
                        Instant.ofEpochSecond(fields.integer("instant", 0, Json.MAX_INTEGER)),
                        fields.string("outcome", 1, 40),
                        fields.string("stage", 0, 40),
                        fields.texts("codes", 40, (text, _) -> text));
        fields.end();
        return read;
    }
}
