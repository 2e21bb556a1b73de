package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.List;

/// Exactly one TD, by all that was measured when it was started and since.
///
/// @param name what people call it, 1 to 60 characters
/// @param mrTd what it was started from, 48 bytes, not zeros
/// @param rtmrs the four run-time measurement registers, 48 bytes each
/// @param mrConfigId configuration given at its start, 48 bytes
/// @param mrOwner its owner by the host's word, 48 bytes
/// @param mrOwnerConfig the owner's configuration by the host's word, 48 bytes
/// @param mrSeams accepted TDX modules, at most 16, 48 bytes each; none leaves them to Intel's
///   rating
/// @param registers TDATTRIBUTES and XFAM, which the host chooses
public record TdxValue(
        String name,
        Bytes mrTd,
        List<Bytes> rtmrs,
        Bytes mrConfigId,
        Bytes mrOwner,
        Bytes mrOwnerConfig,
        List<Bytes> mrSeams,
        Registers registers)
        implements HardwareValue {
    /// How many run-time measurement registers there are.
    public static final int RTMRS = 4;

    private static final int LENGTH = 48;
    private static final int MAX_MODULES = 16;

    public TdxValue {
        HardwareValues.requireName(name);
        HexMember.requireMeasured("MRTD", mrTd, LENGTH);
        rtmrs = List.copyOf(rtmrs);
        mrSeams = List.copyOf(mrSeams);
        if (rtmrs.size() != RTMRS || mrSeams.size() > MAX_MODULES) {
            throw new IllegalArgumentException("4 RTMRs, and at most 16 of MRSEAM");
        }
        rtmrs.forEach(rtmr -> HexMember.require("RTMR", rtmr, LENGTH));
        mrSeams.forEach(mrSeam -> HexMember.requireMeasured("MRSEAM", mrSeam, LENGTH));
        Registers.require(EvidenceKind.TDX, registers);
        HexMember.require("MRCONFIGID", mrConfigId, LENGTH);
        HexMember.require("MROWNER", mrOwner, LENGTH);
        HexMember.require("MROWNERCONFIG", mrOwnerConfig, LENGTH);
    }

    /// A TD that was given no configuration, on whatever TDX module Intel's rating accepts.
    public static TdxValue of(String name, Bytes mrTd, List<Bytes> rtmrs) {
        Bytes none = HexMember.zeros(LENGTH);
        return new TdxValue(name, mrTd, rtmrs, none, none, none, List.of(), Registers.none());
    }

    static TdxValue readFields(Fields fields) throws MalformedException {
        return new TdxValue(
                HardwareValues.readName(fields),
                HexMember.readMeasured(fields, "mrTd", LENGTH),
                List.of(
                        HexMember.read(fields, "rtmr0", LENGTH),
                        HexMember.read(fields, "rtmr1", LENGTH),
                        HexMember.read(fields, "rtmr2", LENGTH),
                        HexMember.read(fields, "rtmr3", LENGTH)),
                HexMember.readOrZeros(fields, "mrConfigId", LENGTH),
                HexMember.readOrZeros(fields, "mrOwner", LENGTH),
                HexMember.readOrZeros(fields, "mrOwnerConfig", LENGTH),
                SaidLists.texts(fields, "mrSeam", MAX_MODULES, TdxValue::module),
                Registers.read(EvidenceKind.TDX, fields));
    }

    private static Bytes module(String text, String path) throws MalformedException {
        Bytes value = HexMember.parse(text, path, LENGTH);
        if (HexMember.isZero(value)) {
            throw new MalformedException(path, "another value than zeros", "zeros");
        }
        return value;
    }

    @Override
    public EvidenceKind kind() {
        return EvidenceKind.TDX;
    }

    @Override
    public String sentence() {
        return "the TDX virtual machine \""
                + name
                + "\", whose MRTD is "
                + mrTd.hex()
                + ", with the four RTMRs the policy names: "
                + Claims.Tdx.measurementText(mrTd, rtmrs)
                + (mrSeams.isEmpty()
                        ? ", on any TDX module that Intel's rating accepts"
                        : ", on one of the " + mrSeams.size() + " TDX modules the policy names")
                + HexMember.sentence("MRCONFIGID", mrConfigId)
                + HexMember.sentence("MROWNER", mrOwner)
                + HexMember.sentence("MROWNERCONFIG", mrOwnerConfig)
                + registers.sentence();
    }

    @Override
    public Json toJson() {
        JsonObjectBuilder json = HardwareValues.begin(this).put("mrTd", mrTd.hex());
        for (int i = 0; i < RTMRS; i++) {
            json.put("rtmr" + i, rtmrs.get(i).hex());
        }
        json.put("mrConfigId", mrConfigId.hex())
                .put("mrOwner", mrOwner.hex())
                .put("mrOwnerConfig", mrOwnerConfig.hex());
        SaidLists.put(json, "mrSeam", mrSeams.stream().map(Bytes::hex).map(Json::of).toList());
        registers.put(json);
        return json.build();
    }
}
