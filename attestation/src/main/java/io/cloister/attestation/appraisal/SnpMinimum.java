package io.cloister.attestation.appraisal;

import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The least patch levels that a policy demands of one line of AMD's products. AMD rates nothing:
/// there is no state such as Intel's, so this is all that keeps old firmware out.
///
/// @param levels one for each part that the line has, 0 to 255
public record SnpMinimum(Map<TcbPart, Integer> levels) {
    private static final int MAX_LEVEL = 0xff;

    public SnpMinimum {
        levels = Map.copyOf(levels);
        if (levels.values().stream().anyMatch(level -> level < 0 || level > MAX_LEVEL)) {
            throw new IllegalArgumentException("patch levels are 0 to 255");
        }
    }

    /// The parts that `product` has.
    static Stream<TcbPart> parts(SnpProduct product) {
        return Stream.of(TcbPart.values())
                .filter(part -> part != TcbPart.FMC || product == SnpProduct.TURIN);
    }

    /// Whether there is a level for each part of `product`, and no other.
    boolean fits(SnpProduct product) {
        return levels.keySet().equals(parts(product).collect(Collectors.toSet()));
    }

    static SnpMinimum read(SnpProduct product, Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var levels = new EnumMap<TcbPart, Integer>(TcbPart.class);
        for (TcbPart part : parts(product).toList()) {
            levels.put(part, (int) fields.integer(part.word(), 0, MAX_LEVEL));
        }
        fields.end();
        return new SnpMinimum(levels);
    }

    /// For people.
    @Override
    public String toString() {
        return String.join(
                ", ",
                Stream.of(TcbPart.values())
                        .filter(levels::containsKey)
                        .map(part -> part.word() + " " + levels.get(part))
                        .toList());
    }

    Json toJson() {
        JsonObjectBuilder json = Json.object();
        for (TcbPart part : TcbPart.values()) {
            if (levels.containsKey(part)) {
                json.put(part.word(), levels.getOrDefault(part, 0));
            }
        }
        return json.build();
    }
}
