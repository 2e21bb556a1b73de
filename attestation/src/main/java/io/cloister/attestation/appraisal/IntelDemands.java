package io.cloister.attestation.appraisal;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.List;
import java.util.regex.Pattern;

/// What a policy demands of SGX and TDX beside Intel's rating.
///
/// @param minEvaluationNumber least `tcbEvaluationDataNumber` of TCB info and QE identity; 0 if the
///   policy names none, which it then has to allow: Intel signs older evaluations, which know of
///   fewer weaknesses, with dates of today, and whoever brings the documents chooses
/// @param rejectedAdvisories at most 64 of Intel's advisories, each `INTEL-SA-` and five digits: a
///   platform or quoting enclave that one applies to is refused, whatever state is allowed
/// @param minTcb least versions by family of platforms, at most 32; if there are any, other
///   families are refused
public record IntelDemands(
        int minEvaluationNumber, List<String> rejectedAdvisories, List<IntelMinimum> minTcb) {
    /// As Intel writes them in TCB info and QE identities: with another spelling none would match.
    private static final Pattern ADVISORY = Pattern.compile("INTEL-SA-[0-9]{5}");

    private static final int MAX_ADVISORIES = 64;
    private static final int MAX_MINIMUMS = 32;
    private static final IntelDemands NONE = new IntelDemands(0, List.of(), List.of());

    public IntelDemands {
        rejectedAdvisories = List.copyOf(rejectedAdvisories);
        minTcb = List.copyOf(minTcb);
        if (minEvaluationNumber < 0
                || rejectedAdvisories.size() > MAX_ADVISORIES
                || minTcb.size() > MAX_MINIMUMS
                || !rejectedAdvisories.stream().allMatch(one -> ADVISORY.matcher(one).matches())
                || minTcb.stream().map(IntelMinimum::fmspc).distinct().count() != minTcb.size()) {
            throw new IllegalArgumentException(
                    "too many demands, two for one family, or no advisory of Intel's");
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
                        ? (int) fields.integer("minEvaluationNumber", 1, Integer.MAX_VALUE)
                        : 0;
        List<String> advisories =
                SaidLists.texts(
                        fields, "rejectedAdvisories", MAX_ADVISORIES, IntelDemands::advisory);
        List<IntelMinimum> minTcb =
                SaidLists.read(fields, "minTcb", MAX_MINIMUMS, IntelMinimum::read);
        fields.end();
        if (minTcb.stream().map(IntelMinimum::fmspc).distinct().count() != minTcb.size()) {
            throw new MalformedException(fields.path("minTcb"), "each FMSPC once", "one twice");
        }
        return new IntelDemands(number, advisories, minTcb);
    }

    private static String advisory(String text, String path) throws MalformedException {
        if (!ADVISORY.matcher(text).matches()) {
            throw new MalformedException(
                    path, "INTEL-SA- and five digits, such as INTEL-SA-00615", text);
        }
        return text;
    }

    Json toJson() {
        JsonObjectBuilder json = Json.object();
        if (minEvaluationNumber > 0) {
            json.put("minEvaluationNumber", minEvaluationNumber);
        }
        SaidLists.put(
                json, "rejectedAdvisories", rejectedAdvisories.stream().map(Json::of).toList());
        SaidLists.put(json, "minTcb", minTcb.stream().map(IntelMinimum::toJson).toList());
        return json.build();
    }
}
