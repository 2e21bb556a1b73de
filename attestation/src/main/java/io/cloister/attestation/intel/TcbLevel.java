package io.cloister.attestation.intel;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// One level of a platform, in a list from newest to oldest (PCS, "TCB Info V2" and "V3").
///
/// @param sgxComponents least security version of each of the 16 components, 0 to 65535. Real ones
///   end at 255; a larger one is compared as it is, never cut, and no platform reaches it
/// @param pceSvn least version of the provisioning certification enclave, 0 to 65535
/// @param tdxComponents least version of each of the 16 TDX components; empty for SGX
/// @param tcbDate as of when its status holds
/// @param status what Intel says of it
/// @param advisoryIds why it is not the first
public record TcbLevel(
        List<Integer> sgxComponents,
        int pceSvn,
        List<Integer> tdxComponents,
        Instant tcbDate,
        TcbStatus status,
        List<String> advisoryIds) {
    /// How many components there are.
    public static final int COMPONENTS = 16;

    private static final int MAX_TEXT = 200;

    public TcbLevel {
        sgxComponents = List.copyOf(sgxComponents);
        tdxComponents = List.copyOf(tdxComponents);
        advisoryIds = List.copyOf(advisoryIds);
    }

    static TcbLevel read(Json json, String path, int version, TeeType kind)
            throws MalformedException {
        Fields fields = Fields.of(json, path);
        Fields tcb = fields.object("tcb");
        List<Integer> sgx = version == 2 ? numbered(tcb) : components(tcb, "sgxtcbcomponents");
        List<Integer> tdx = kind == TeeType.TDX ? components(tcb, "tdxtcbcomponents") : List.of();
        int pceSvn = (int) tcb.integer("pcesvn", 0, Pcs.MAX_U16);
        tcb.end();
        var level =
                new TcbLevel(
                        sgx,
                        pceSvn,
                        tdx,
                        Pcs.instant(fields, "tcbDate"),
                        fields.text(
                                "tcbStatus",
                                (text, at) -> TcbStatus.parse(text, TcbStatus.OF_PLATFORM, at)),
                        Pcs.advisories(fields));
        fields.end();
        return level;
    }

    private static List<Integer> numbered(Fields tcb) throws MalformedException {
        var svns = new ArrayList<Integer>();
        for (int i = 1; i <= COMPONENTS; i++) {
            String name = "sgxtcbcomp" + (i < 10 ? "0" : "") + i + "svn";
            svns.add((int) tcb.integer(name, 0, Pcs.MAX_U16));
        }
        return svns;
    }

    /// Exactly 16: a shorter list compared pairwise would leave components unchecked.
    private static List<Integer> components(Fields tcb, String name) throws MalformedException {
        List<Integer> svns = tcb.list(name, COMPONENTS, TcbLevel::component);
        if (svns.size() != COMPONENTS) {
            throw new MalformedException(
                    tcb.path(name), COMPONENTS + " components", svns.size() + " components");
        }
        return svns;
    }

    private static int component(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        int svn = (int) fields.integer("svn", 0, Pcs.MAX_U16);
        for (String name : List.of("category", "type")) {
            if (fields.has(name)) {
                fields.string(name, 0, MAX_TEXT);
            }
        }
        fields.end();
        return svn;
    }

    /// Whether a platform with these versions is on this level or above it, as far as SGX goes.
    boolean isReachedBySgx(Bytes components, int pceSvnOfPlatform) {
        return reaches(components, sgxComponents, 0) && pceSvnOfPlatform >= pceSvn;
    }

    /// Whether a TDX module with these versions is. From major version 1 on, the first two bytes
    /// are the module's own version, which its identity rates.
    boolean isReachedByTdx(Bytes teeTcbSvn) {
        return reaches(teeTcbSvn, tdxComponents, teeTcbSvn.at(1) == 0 ? 0 : 2);
    }

    private static boolean reaches(Bytes actual, List<Integer> least, int from) {
        for (int i = from; i < COMPONENTS; i++) {
            if ((actual.at(i) & 0xff) < least.get(i)) {
                return false;
            }
        }
        return true;
    }
}
