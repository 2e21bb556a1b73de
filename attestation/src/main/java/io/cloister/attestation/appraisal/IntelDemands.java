package io.cloister.attestation.appraisal;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.List;

/// What a policy demands of SGX and TDX beside Intel's rating.
///
/// @param minEvaluationNumber least `tcbEvaluationDataNumber` of TCB info and QE identity, from 0:
///   older evaluations know of fewer weaknesses
/// @param rejectedAdvisories at most 64 of Intel's advisories, each 1 to 60 characters: a platform
///   or quoting enclave that one applies to is refused, whatever state is allowed
/// @param minTcb least versions by family of platforms, at most 32; if there are any, other
///   families are refused
public record IntelDemands(
        int minEvaluationNumber, List<String> rejectedAdvisories, List<IntelMinimum> minTcb) {
    private static final int MAX_ADVISORIES = 64;
    private static final int MAX_ADVISORY = 60;
    private static final int MAX_MINIMUMS = 32;
    private static final IntelDemands NONE = new IntelDemands(0, List.of(), List.of());

    public IntelDemands {
        rejectedAdvisories = List.copyOf(rejectedAdvisories);
        minTcb = List.copyOf(minTcb);
        if (minEvaluationNumber < 0
                || rejectedAdvisories.size() > MAX_ADVISORIES
                || minTcb.size() > MAX_MINIMUMS
                || minTcb.stream().map(IntelMinimum::fmspc).distinct().count() != minTcb.size()) {
            throw new IllegalArgumentException("too many demands, or two for one family");
        }
    }

    /// None.
    public static IntelDemands none() {
        return NONE;
    }

    static IntelDemands read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        int number =
                fields.has("minEvaluationNumber")
                        ? (int) fields.integer("minEvaluationNumber", 0, Integer.MAX_VALUE)
                        : 0;
        List<String> advisories =
                fields.has("rejectedAdvisories")
                        ? fields.texts("rejectedAdvisories", MAX_ADVISORIES, IntelDemands::advisory)
                        : List.of();
        List<IntelMinimum> minTcb =
                fields.has("minTcb")
                        ? fields.list("minTcb", MAX_MINIMUMS, IntelMinimum::read)
                        : List.of();
        fields.end();
        if (minTcb.stream().map(IntelMinimum::fmspc).distinct().count() != minTcb.size()) {
            throw new MalformedException(fields.path("minTcb"), "each FMSPC once", "one twice");
        }
        return new IntelDemands(number, advisories, minTcb);
    }

    private static String advisory(String text, String path) throws MalformedException {
        if (text.isBlank() || text.length() > MAX_ADVISORY) {
            throw new MalformedException(path, "an advisory such as INTEL-SA-00615", text);
        }
        return text;
    }

    Json toJson() {
        return Json.object()
                .put("minEvaluationNumber", minEvaluationNumber)
                .put("rejectedAdvisories", rejectedAdvisories.stream().map(Json::of).toList())
                .put("minTcb", minTcb.stream().map(IntelMinimum::toJson).toList())
                .build();
    }
}
