package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.List;

/// The least versions that a policy demands of one family of Intel platforms, whatever Intel's own
/// rating is. Versions of different families can't be compared.
///
/// @param fmspc which family, 6 bytes
/// @param components least version of each of the 16 components, 0 to 255
/// @param pceSvn least version of the provisioning certification enclave, 0 to 65535
/// @param tdxComponents least version of each of the 16 TDX components, 0 to 255; for TDX only. The
///   second is the TDX module's major version, the first its minor one, compared where the major
///   one is the least
public record IntelMinimum(
        Bytes fmspc, List<Integer> components, int pceSvn, List<Integer> tdxComponents) {
    /// How many components there are.
    public static final int COMPONENTS = 16;

    private static final int FMSPC_LENGTH = 6;
    private static final int MAX_SVN = 0xff;
    private static final int MAX_PCE_SVN = 0xffff;

    public IntelMinimum {
        HexMember.require("FMSPC", fmspc, FMSPC_LENGTH);
        components = List.copyOf(components);
        tdxComponents = List.copyOf(tdxComponents);
        if (components.size() != COMPONENTS || tdxComponents.size() != COMPONENTS) {
            throw new IllegalArgumentException("16 components");
        }
    }

    static IntelMinimum read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var minimum =
                new IntelMinimum(
                        HexMember.read(fields, "fmspc", FMSPC_LENGTH),
                        components(fields, "components"),
                        (int) fields.integer("pceSvn", 0, MAX_PCE_SVN),
                        components(fields, "tdxComponents"));
        fields.end();
        return minimum;
    }

    private static List<Integer> components(Fields fields, String name) throws MalformedException {
        var none = new ArrayList<Integer>();
        for (int i = 0; i < COMPONENTS; i++) {
            none.add(0);
        }
        List<Integer> components =
                fields.has(name) ? fields.list(name, COMPONENTS, IntelMinimum::svn) : none;
        if (components.size() != COMPONENTS) {
            throw new MalformedException(
                    fields.path(name), COMPONENTS + " numbers", components.size() + " numbers");
        }
        return components;
    }

    private static int svn(Json json, String path) throws MalformedException {
        if (json instanceof Json.Num(var number) && number >= 0 && number <= MAX_SVN) {
            return (int) number;
        }
        throw new MalformedException(path, "a number from 0 to 255", json.text());
    }

    Json toJson() {
        return Json.object()
                .put("fmspc", fmspc.hex())
                .put("components", numbers(components))
                .put("pceSvn", pceSvn)
                .put("tdxComponents", numbers(tdxComponents))
                .build();
    }

    private static List<Json> numbers(List<Integer> values) {
        return values.stream().map(value -> Json.of((long) value)).toList();
    }
}
