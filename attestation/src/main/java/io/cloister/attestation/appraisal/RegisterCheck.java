package io.cloister.attestation.appraisal;

import io.cloister.attestation.appraisal.RegisterGroup.Use;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Compares a register with what a Reference Value says of it, and with the defaults where it says
/// nothing.
///
/// @param register which one
/// @param named what the value says of it
/// @param found what the Evidence says
record RegisterCheck(Register register, Optional<RegisterBits> named, long found) {
    /// Bits that the value gives otherwise.
    private long different() {
        return named.map(bits -> (found ^ bits.value()) & bits.mask()).orElse(0L);
    }

    /// Bits that are always set, and aren't.
    private long missing() {
        return register.bits(~found, Use.ALWAYS);
    }

    /// Bits that nobody can judge.
    private long meaningless() {
        return register.meaningless(found);
    }

    /// Bits that the value had to name.
    private long unnamed() {
        return register.bits(found, Use.NAMED) & ~named.map(RegisterBits::mask).orElse(0L);
    }

    /// How many bits are refused by a policy that allows this.
    int refused(HardwareAllowances allow) {
        return Long.bitCount(different() | missing() | meaningless())
                + (reason(allow).isPresent() ? 0 : Long.bitCount(unnamed()));
    }

    private Optional<Reason> reason(HardwareAllowances allow) {
        return register.relaxation().flatMap(allow::reason);
    }

    void judge(PolicyChecks checks) {
        List<String> wrong = wrong();
        String actual = register.text(found);
        if (!wrong.isEmpty()) {
            checks.findings()
                    .notMet(
                            register.code(),
                            register.title() + " " + String.join(", and ", wrong),
                            expected(),
                            actual);
        } else if (unnamed() != 0) {
            checks.relaxable(
                    register.code(),
                    reason(checks.policy().allow()),
                    register.title()
                            + " has "
                            + register.names(unnamed())
                            + ", which the reference value doesn't name",
                    expected(),
                    actual);
        } else {
            checks.findings()
                    .met(
                            register.code(),
                            register.title()
                                    + (named.isPresent()
                                            ? " is what the reference value says, and has nothing"
                                                    + " unusual beside it"
                                            : ", of which the reference value says nothing, has"
                                                    + " nothing unusual"),
                            expected(),
                            actual);
        }
    }

    /// What no policy lets pass.
    private List<String> wrong() {
        var wrong = new ArrayList<String>();
        if (different() != 0) {
            wrong.add("isn't what the reference value says");
        }
        if (missing() != 0) {
            wrong.add("lacks " + register.names(missing()));
        }
        if (meaningless() != 0) {
            wrong.add("has bits that this version can't judge");
        }
        return wrong;
    }

    private String expected() {
        String always = register.names(register.bits(~0L, Use.ALWAYS));
        String ordinary = register.names(register.bits(~0L, Use.ORDINARY));
        String defaults =
                (always.isEmpty() ? "" : always + ", and ")
                        + "at most "
                        + (ordinary.isEmpty() ? "none" : ordinary);
        return named.map(bits ->
                        "0x"
                                + Long.toHexString(bits.value())
                                + " under 0x"
                                + Long.toHexString(bits.mask())
                                + ", and outside of it ")
                        .orElse("")
                + defaults;
    }
}
