package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.HexFormat;

/// What a Reference Value says of a register that the host chooses: the bits of `mask` are those of
/// `value`. It says nothing of the others, for which the policy's defaults hold.
///
/// @param value within `mask`
/// @param mask at least one bit
public record RegisterBits(long value, long mask) {
    public RegisterBits {
        if (mask == 0 || (value & ~mask) != 0) {
            throw new IllegalArgumentException("a mask has bits, and the value no others");
        }
    }

    static RegisterBits read(Register register, Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        long value = number(fields, "value", register);
        long mask = number(fields, "mask", register);
        fields.end();
        if (mask == 0) {
            throw new MalformedException(
                    fields.path("mask"), "at least one bit, or no such member", "zeros");
        }
        if ((value & ~mask) != 0) {
            throw new MalformedException(
                    fields.path("value"),
                    "bits of the mask alone",
                    register.digits(value & ~mask) + " beside them");
        }
        var bits = new RegisterBits(value, mask);
        if (register.neverHas(bits)) {
            throw new MalformedException(
                    fields.path("value"),
                    "what some accepted " + register.title() + " has",
                    register.digits(value) + " under " + register.digits(mask));
        }
        return bits;
    }

    private static long number(Fields fields, String name, Register register)
            throws MalformedException {
        Bytes digits = HexMember.read(fields, name, register.length());
        return HexFormat.fromHexDigitsToLong(digits.hex());
    }

    Json toJson(Register register) {
        return Json.object()
                .put("value", register.digits(value))
                .put("mask", register.digits(mask))
                .build();
    }
}
