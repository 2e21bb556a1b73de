package io.cloister.attestation.appraisal;

import io.cloister.attestation.intel.TcbStatus;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.List;

/// Accepts Evidence of hardware kinds only (spec/evidence.md §7.1). Strict about all that it does
/// not mention: without a reference value for a kind, Evidence of this kind is refused.
///
/// @param values which enclaves and guests, at most 64; none refuses everything
/// @param chips on which hardware, at most 256; none accepts every genuine part, and the result
///   says so
/// @param intel what else is demanded of SGX and TDX
/// @param snp what else is demanded of SEV-SNP
/// @param allow what is accepted though it is refused by default
public record HardwarePolicy(
        List<HardwareValue> values,
        List<Chip> chips,
        IntelDemands intel,
        SnpDemands snp,
        HardwareAllowances allow)
        implements AppraisalPolicy {
    static final String KIND = "hardware";

    private static final int MAX_VALUES = 64;
    private static final int MAX_CHIPS = 256;

    public HardwarePolicy {
        values = List.copyOf(values);
        chips = List.copyOf(chips);
        if (values.size() > MAX_VALUES || chips.size() > MAX_CHIPS) {
            throw new IllegalArgumentException("at most 64 reference values and 256 chips");
        }
    }

    /// Accepts these enclaves and guests, and is strict about everything else.
    public static HardwarePolicy of(List<HardwareValue> values) {
        return new HardwarePolicy(
                values,
                List.of(),
                IntelDemands.none(),
                SnpDemands.none(),
                HardwareAllowances.none());
    }

    /// The same policy, on these pieces of hardware only.
    public HardwarePolicy onChips(List<Chip> only) {
        return new HardwarePolicy(values, only, intel, snp, allow);
    }

    /// The same policy with these demands on SGX and TDX instead of its own.
    public HardwarePolicy demanding(IntelDemands demands) {
        return new HardwarePolicy(values, chips, demands, snp, allow);
    }

    /// The same policy with these demands on SEV-SNP instead of its own.
    public HardwarePolicy demanding(SnpDemands demands) {
        return new HardwarePolicy(values, chips, intel, demands, allow);
    }

    /// The same policy, relaxed.
    ///
    /// @param reason 1 to 200 characters
    public HardwarePolicy allow(Relaxation relaxation, String reason) {
        return allowing(allow.with(relaxation, new Reason(reason)));
    }

    /// The same policy, accepting platforms in this state.
    ///
    /// @param reason 1 to 200 characters
    /// @throws IllegalArgumentException for `UpToDate`, `Revoked` and `NotSupported`
    public HardwarePolicy allowTcbStatus(TcbStatus status, String reason) {
        return allowing(allow.with(status, new Reason(reason)));
    }

    /// The same policy, accepting SEV-SNP guests at this privilege level.
    ///
    /// @param level 1 to 3
    /// @param reason 1 to 200 characters
    public HardwarePolicy allowVmpl(int level, String reason) {
        return allowing(allow.withVmpl(level, new Reason(reason)));
    }

    /// The same policy with this grace, instead of any other.
    public HardwarePolicy allowGrace(Grace grace) {
        return allowing(allow.with(grace));
    }

    private HardwarePolicy allowing(HardwareAllowances more) {
        return new HardwarePolicy(values, chips, intel, snp, more);
    }

    static HardwarePolicy readFields(Fields fields) throws MalformedException {
        var policy =
                new HardwarePolicy(
                        fields.list("referenceValues", MAX_VALUES, HardwareValue::read),
                        SaidLists.texts(fields, "chips", MAX_CHIPS, Chip::parse),
                        fields.optional("intel", IntelDemands::read).orElseGet(IntelDemands::none),
                        fields.optional("snp", SnpDemands::read).orElseGet(SnpDemands::none),
                        fields.optional("allow", HardwareAllowances::read)
                                .orElseGet(HardwareAllowances::none));
        fields.end();
        return policy;
    }

    @Override
    public List<String> sentences() {
        return HardwareSentences.of(this);
    }

    @Override
    public Json toJson() {
        JsonObjectBuilder json =
                Json.object()
                        .put("type", TYPE)
                        .put("kind", KIND)
                        .put(
                                "referenceValues",
                                values.stream().map(HardwareValue::toJson).toList());
        SaidLists.put(json, "chips", chips.stream().map(Chip::toString).map(Json::of).toList());
        return json.put("intel", intel.toJson())
                .put("snp", snp.toJson())
                .put("allow", allow.toJson())
                .build();
    }
}
