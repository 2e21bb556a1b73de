package io.cloister.attestation.appraisal;

import io.cloister.attestation.amd.SnpFirmware;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a policy demands of SEV-SNP platforms.
///
/// @param minTcb least patch levels by line of products; lines that are not listed are refused
/// @param minFirmware least version of the SNP firmware
/// @param require what guest and platform must have beside
/// @param mitigations what the firmware must have mitigated
/// @param cloudProviders whose keys may sign in the place of the chip's own, as their VLEK
///   certificates name them (cspID), each 1 to 200 characters, at most 32
public record SnpDemands(
        Map<SnpProduct, SnpMinimum> minTcb,
        SnpFirmware minFirmware,
        Set<SnpRequirement> require,
        SnpMitigations mitigations,
        List<String> cloudProviders) {
    private static final int MAX_PROVIDERS = 32;
    private static final int MAX_PROVIDER = 200;
    private static final Pattern VERSION =
            Pattern.compile("(0|[1-9][0-9]{0,2})\\.(0|[1-9][0-9]{0,2})\\.(0|[1-9][0-9]{0,2})");
    private static final int MAX_PART = 0xff;
    private static final SnpDemands NONE =
            new SnpDemands(
                    Map.of(), new SnpFirmware(0, 0, 0), Set.of(), SnpMitigations.none(), List.of());

    public SnpDemands {
        minTcb = Map.copyOf(minTcb);
        require = Set.copyOf(require);
        cloudProviders = List.copyOf(cloudProviders);
        if (!minTcb.entrySet().stream().allMatch(one -> one.getValue().fits(one.getKey()))) {
            throw new IllegalArgumentException("a minimum names each part of its product");
        }
    }

    /// None, so that every line is refused.
    public static SnpDemands none() {
        return NONE;
    }

    /// The least patch levels of `product`; empty if the policy does not list it.
    public Optional<SnpMinimum> minimum(SnpProduct product) {
        return Optional.ofNullable(minTcb.get(product));
    }

    static SnpDemands read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var demands =
                new SnpDemands(
                        fields.optional("minTcb", SnpDemands::readMinTcb).orElse(Map.of()),
                        fields.optionalText("minFirmware", SnpDemands::firmware)
                                .orElse(NONE.minFirmware),
                        readRequire(fields),
                        fields.optional("mitigations", SnpMitigations::read)
                                .orElseGet(SnpMitigations::none),
                        SaidLists.texts(
                                fields, "cloudProviders", MAX_PROVIDERS, SnpDemands::provider));
        fields.end();
        return demands;
    }

    private static Map<SnpProduct, SnpMinimum> readMinTcb(Json json, String path)
            throws MalformedException {
        Fields fields = Fields.of(json, path);
        var minimums = new EnumMap<SnpProduct, SnpMinimum>(SnpProduct.class);
        for (SnpProduct product : SnpProduct.values()) {
            Optional<SnpMinimum> minimum =
                    fields.optional(
                            product.word(), (value, at) -> SnpMinimum.read(product, value, at));
            minimum.ifPresent(given -> minimums.put(product, given));
        }
        fields.end();
        return minimums;
    }

    private static SnpFirmware firmware(String text, String path) throws MalformedException {
        Matcher matcher = VERSION.matcher(text);
        if (matcher.matches()) {
            var version = new SnpFirmware(part(matcher, 1), part(matcher, 2), part(matcher, 3));
            if (Math.max(version.major(), Math.max(version.minor(), version.build())) <= MAX_PART) {
                return version;
            }
        }
        throw new MalformedException(path, "major.minor.build, each 0 to 255", text);
    }

    private static int part(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }

    private static Set<SnpRequirement> readRequire(Fields fields) throws MalformedException {
        var require = EnumSet.noneOf(SnpRequirement.class);
        for (SnpRequirement one :
                SaidLists.texts(
                        fields,
                        "require",
                        SnpRequirement.values().length,
                        SnpDemands::requirement)) {
            if (!require.add(one)) {
                throw new MalformedException(fields.path("require"), "each once", one.word());
            }
        }
        return require;
    }

    private static String provider(String text, String path) throws MalformedException {
        if (text.isEmpty() || text.length() > MAX_PROVIDER) {
            throw new MalformedException(path, "1 to " + MAX_PROVIDER + " characters", text);
        }
        return text;
    }

    private static SnpRequirement requirement(String text, String path) throws MalformedException {
        return Stream.of(SnpRequirement.values())
                .filter(requirement -> requirement.word().equals(text))
                .findFirst()
                .orElseThrow(() ->
                        new MalformedException(path, "what a SEV-SNP guest can be given", text));
    }

    Json toJson() {
        JsonObjectBuilder minimums = Json.object();
        for (SnpProduct product : SnpProduct.values()) {
            minimum(product).ifPresent(least -> minimums.put(product.word(), least.toJson()));
        }
        JsonObjectBuilder json =
                Json.object()
                        .put("minTcb", minimums.build())
                        .put("minFirmware", minFirmware.toString());
        SaidLists.put(
                json,
                "require",
                Stream.of(SnpRequirement.values())
                        .filter(require::contains)
                        .map(requirement -> Json.of(requirement.word()))
                        .toList());
        if (mitigations.demanded()) {
            json.put("mitigations", mitigations.toJson());
        }
        SaidLists.put(json, "cloudProviders", cloudProviders.stream().map(Json::of).toList());
        return json.build();
    }
}
