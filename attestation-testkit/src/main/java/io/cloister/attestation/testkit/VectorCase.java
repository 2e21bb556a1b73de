package io.cloister.attestation.testkit;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.Appraiser;
import io.cloister.attestation.appraisal.AttestationCheck;
import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.attestation.appraisal.AttestationResult.Affirmed;
import io.cloister.attestation.appraisal.AttestationResult.Refused;
import io.cloister.attestation.appraisal.Expectation;
import io.cloister.attestation.appraisal.Narrowing;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.time.Instant;
import java.util.List;

/// One vector of `spec/vectors/attestation/simulated` or `attestation/hardware`: input of the whole
/// procedure, and what must come out.
///
/// @param id names it for ever
/// @param comment what is wrong with it, or why it is right
/// @param bundle the evidence bundle's bytes
/// @param policy the appraisal policy
/// @param reportData 64 bytes
/// @param measurements what the computation is narrowed to; none means it is not
/// @param instant to verify for
/// @param appraised instant to appraise for; the same, but where a case is about what has expired
///   since it was verified
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
        Instant appraised,
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
            return switch (result(verifier)) {
                case Affirmed _ -> "affirmed  []";
                case Refused refused -> "refused " + refused.stage().word() + " " + codes(refused);
            };
        } catch (CouldNotCheckException _) {
            return "could-not-check  []";
        }
    }

    private AttestationResult result(Verifier verifier) throws CouldNotCheckException {
        var expectation = new Expectation(reportData, Narrowing.ofProposal(measurements));
        AttestationResult result =
                AttestationCheck.check(verifier, bundle, policy, expectation, instant);
        if (appraised.equals(instant) || result instanceof Refused) {
            return result;
        }
        try {
            EvidenceBundle read = EvidenceBundle.parse(bundle);
            return switch (verifier.verify(read.evidence(), read.endorsements(), instant)) {
                case Verification.Authentic(var evidence) ->
                        Appraiser.appraise(evidence, policy, expectation, appraised);
                case Verification.NotAuthentic _ -> result;
            };
        } catch (MalformedException | UnknownKindException e) {
            throw new CloisterBugException("it was read before", e);
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
        JsonObjectBuilder json =
                Json.object()
                        .put("id", id)
                        .put("comment", comment)
                        .put("bundle", bundle.base64())
                        .put("policy", policy.toJson())
                        .put("reportData", reportData.hex())
                        .put("measurements", measurements.stream().map(Json::of).toList())
                        .put("instant", instant.getEpochSecond());
        if (!appraised.equals(instant)) {
            json.put("appraised", appraised.getEpochSecond());
        }
        return json.put("outcome", outcome)
                .put("stage", stage)
                .put("codes", codes.stream().map(Json::of).toList())
                .build();
    }

    /// Reads one vector.
    public static VectorCase read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        long instant = fields.integer("instant", 0, Json.MAX_INTEGER);
        long appraised =
                fields.has("appraised")
                        ? fields.integer("appraised", instant + 1, Json.MAX_INTEGER)
                        : instant;
        var read =
                new VectorCase(
                        fields.string("id", 1, 80),
                        fields.string("comment", 1, 400),
                        fields.base64("bundle", 0, 1 << 20),
                        AppraisalPolicy.parse(Bytes.copyOf(fields.any("policy").canonical())),
                        fields.text("reportData", Bytes::fromHex),
                        fields.texts("measurements", 64, (text, _) -> text),
                        Instant.ofEpochSecond(instant),
                        Instant.ofEpochSecond(appraised),
                        fields.string("outcome", 1, 40),
                        fields.string("stage", 0, 40),
                        fields.texts("codes", 40, (text, _) -> text));
        fields.end();
        return read;
    }
}
