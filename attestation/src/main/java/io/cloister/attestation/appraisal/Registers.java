package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What a Reference Value says of the registers that the host chooses. It need not say anything:
/// the defaults of [Register] then hold.
///
/// @param named what it says, by register
public record Registers(Map<Register, RegisterBits> named) {
    public Registers {
        named = Map.copyOf(named);
        named.forEach((register, bits) -> {
            if (!register.holds(bits.mask()) || register.neverHas(bits)) {
                throw new IllegalArgumentException(
                        "no accepted " + register.title() + " has such bits");
            }
        });
    }

    /// Nothing.
    public static Registers none() {
        return new Registers(Map.of());
    }

    /// The same, and of `register` that it has these bits.
    public Registers with(Register register, RegisterBits bits) {
        var more = new EnumMap<Register, RegisterBits>(Register.class);
        more.putAll(named);
        more.put(register, bits);
        return new Registers(more);
    }

    /// What is said of `register`.
    public Optional<RegisterBits> of(Register register) {
        return Optional.ofNullable(named.get(register));
    }

    /// Compares `register` with what is said of it.
    RegisterCheck check(Register register, long found) {
        return new RegisterCheck(register, of(register), found);
    }

    /// For constructors: these, if they are of one kind.
    static Registers require(EvidenceKind kind, Registers registers) {
        if (registers.named.keySet().stream().anyMatch(register -> register.kind() != kind)) {
            throw new IllegalArgumentException("registers of another kind");
        }
        return registers;
    }

    static Registers read(EvidenceKind kind, Fields fields) throws MalformedException {
        var named = new EnumMap<Register, RegisterBits>(Register.class);
        for (Register register : Register.values()) {
            if (register.kind() == kind) {
                Optional<RegisterBits> bits =
                        fields.optional(
                                register.word(),
                                (json, path) -> RegisterBits.read(register, json, path));
                bits.ifPresent(given -> named.put(register, given));
            }
        }
        return new Registers(named);
    }

    void put(JsonObjectBuilder json) {
        Stream.of(Register.values())
                .forEach(register ->
                        of(register)
                                .ifPresent(
                                        bits -> json.put(register.word(), bits.toJson(register))));
    }

    /// For people, behind what else a value accepts.
    String sentence() {
        var text = new StringBuilder();
        for (Register register : Register.values()) {
            of(register)
                    .ifPresent(bits ->
                            text.append(", with ")
                                    .append(register.title())
                                    .append(' ')
                                    .append(register.text(bits.value()))
                                    .append(" under the mask 0x")
                                    .append(Long.toHexString(bits.mask())));
        }
        return text.toString();
    }
}
