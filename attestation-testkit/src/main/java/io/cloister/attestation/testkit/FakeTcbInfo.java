package io.cloister.attestation.testkit;

import io.cloister.attestation.intel.TeeType;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// TCB info of a fake Intel, every part of which a test can alter: what it does not name, by
/// [#replace] in the text before that is signed. Used by one thread.
public final class FakeTcbInfo {
    private static final int COMPONENTS = 16;

    private final TeeType kind;
    private final List<Level> levels = new ArrayList<>();
    private final List<Json> modules = new ArrayList<>();
    private final List<String[]> replacements = new ArrayList<>();
    private int version = 3;
    private int evaluation = 17;
    private Bytes fmspc = Bytes.copyOf(new byte[] {0, (byte) 0x80, 0x6f, 5, 0, 0});
    private Bytes pceId = Bytes.copyOf(new byte[2]);
    private Bytes moduleSigner = Bytes.copyOf(new byte[48]);
    private Bytes moduleAttributes = Bytes.copyOf(new byte[8]);
    private Instant issueDate;
    private Instant nextUpdate;

    /// One level.
    ///
    /// @param sgx least versions of the 16 components
    /// @param pceSvn least version of the certifying enclave
    /// @param tdx least versions of the 16 TDX components
    /// @param date of the level
    /// @param status in Intel's words
    /// @param advisories their ids
    public record Level(
            List<Integer> sgx,
            int pceSvn,
            List<Integer> tdx,
            String date,
            String status,
            List<String> advisories) {
        public Level {
            sgx = List.copyOf(sgx);
            tdx = List.copyOf(tdx);
            advisories = List.copyOf(advisories);
        }
    }

    FakeTcbInfo(TeeType kind, Instant issueDate, Instant nextUpdate) {
        this.kind = kind;
        this.issueDate = issueDate;
        this.nextUpdate = nextUpdate;
        level(8, 13, 5, "2025-01-01T00:00:00Z", "UpToDate");
        level(7, 11, 4, "2024-01-01T00:00:00Z", "OutOfDate", "INTEL-SA-00001", "INTEL-SA-00002");
        level(6, 11, 3, "2023-01-01T00:00:00Z", "Revoked", "INTEL-SA-00003");
        module("TDX_01", 5, 4, 2);
        module("TDX_03", 3, 2, 1);
    }

    /// Adds a level below all others. The platform of [FakePlatform] has 8, 8, 2, … 6 in its
    /// components: this demands `microcode` of the first two and 2 of the third; of TDX the module
    /// version `module` and `microcode` of the third.
    public FakeTcbInfo level(
            int microcode,
            int pceSvn,
            int module,
            String date,
            String status,
            String... advisories) {
        levels.add(
                new Level(
                        components(microcode, microcode, 2),
                        pceSvn,
                        components(module, 0, microcode),
                        date,
                        status,
                        List.of(advisories)));
        return this;
    }

    /// 16 versions, of which the first three are given and the others 0.
    public static List<Integer> components(int first, int second, int third) {
        var all = new ArrayList<Integer>(List.of(first, second, third));
        IntStream.range(all.size(), COMPONENTS).forEach(_ -> all.add(0));
        return all;
    }

    /// Leaves out all levels.
    public FakeTcbInfo noLevels() {
        levels.clear();
        return this;
    }

    /// The levels, which may be altered.
    public List<Level> levels() {
        return levels;
    }

    /// Adds a TDX module whose versions from `upToDate`, `outOfDate` and `revoked` on are that.
    public FakeTcbInfo module(String id, int upToDate, int outOfDate, int revoked) {
        modules.add(
                Json.object()
                        .put("id", id)
                        .put("mrsigner", moduleSigner.hex())
                        .put("attributes", moduleAttributes.hex())
                        .put("attributesMask", "ffffffffffffffff")
                        .put(
                                "tcbLevels",
                                List.of(
                                        isvLevel(upToDate, "UpToDate"),
                                        isvLevel(outOfDate, "OutOfDate"),
                                        isvLevel(revoked, "Revoked")))
                        .build());
        return this;
    }

    static Json isvLevel(int isvSvn, String status) {
        return Json.object()
                .put("tcb", Json.object().put("isvsvn", isvSvn).build())
                .put("tcbDate", "2025-01-01T00:00:00Z")
                .put("tcbStatus", status)
                .build();
    }

    /// Leaves out all TDX modules of later major versions.
    public FakeTcbInfo noModules() {
        modules.clear();
        return this;
    }

    /// Sets the format, 2 or 3.
    public FakeTcbInfo version(int number) {
        this.version = number;
        return this;
    }

    /// Sets `tcbEvaluationDataNumber`.
    public FakeTcbInfo evaluation(int number) {
        this.evaluation = number;
        return this;
    }

    /// Sets FMSPC.
    public FakeTcbInfo fmspc(Bytes value) {
        this.fmspc = value;
        return this;
    }

    /// Sets PCEID.
    public FakeTcbInfo pceId(Bytes value) {
        this.pceId = value;
        return this;
    }

    /// Sets the signer of the module of major version 0.
    public FakeTcbInfo moduleSigner(Bytes value) {
        this.moduleSigner = value;
        return this;
    }

    /// Sets the attributes of the module of major version 0.
    public FakeTcbInfo moduleAttributes(Bytes value) {
        this.moduleAttributes = value;
        return this;
    }

    /// From when it counts.
    public FakeTcbInfo issueDate(Instant instant) {
        this.issueDate = instant;
        return this;
    }

    /// Until when it counts.
    public FakeTcbInfo nextUpdate(Instant instant) {
        this.nextUpdate = instant;
        return this;
    }

    /// Replaces each `part` of the text before it is signed.
    ///
    /// @throws IllegalArgumentException from [#body], if there is none
    public FakeTcbInfo replace(String part, String other) {
        replacements.add(new String[] {part, other});
        return this;
    }

    /// The text that is signed.
    public String body() {
        JsonObjectBuilder info = Json.object();
        if (version == 3) {
            info.put("id", kind.name());
        }
        info.put("version", version)
                .put("issueDate", issueDate.toString())
                .put("nextUpdate", nextUpdate.toString())
                .put("fmspc", fmspc.hex())
                .put("pceId", pceId.hex())
                .put("tcbType", 0)
                .put("tcbEvaluationDataNumber", evaluation);
        if (kind == TeeType.TDX) {
            info.put(
                    "tdxModule",
                    Json.object()
                            .put("mrsigner", moduleSigner.hex())
                            .put("attributes", moduleAttributes.hex())
                            .put("attributesMask", "ffffffffffffffff")
                            .build());
            if (!modules.isEmpty()) {
                info.put("tdxModuleIdentities", modules);
            }
        }
        info.put("tcbLevels", levels.stream().map(this::json).toList());
        return replaced(info.build().text(), replacements);
    }

    static String replaced(String text, List<String[]> replacements) {
        String result = text;
        for (String[] one : replacements) {
            if (!result.contains(one[0])) {
                throw new IllegalArgumentException("no \"" + one[0] + "\" in " + result);
            }
            result = result.replace(one[0], one[1]);
        }
        return result;
    }

    private Json json(Level level) {
        JsonObjectBuilder tcb = Json.object();
        if (version == 2) {
            for (int i = 0; i < level.sgx.size(); i++) {
                tcb.put(String.format(Locale.ROOT, "sgxtcbcomp%02dsvn", i + 1), level.sgx.get(i));
            }
        } else {
            tcb.put("sgxtcbcomponents", versions(level.sgx));
        }
        if (kind == TeeType.TDX) {
            tcb.put("tdxtcbcomponents", versions(level.tdx));
        }
        tcb.put("pcesvn", level.pceSvn);
        JsonObjectBuilder json =
                Json.object()
                        .put("tcb", tcb.build())
                        .put("tcbDate", level.date)
                        .put("tcbStatus", level.status);
        if (!level.advisories.isEmpty()) {
            json.put("advisoryIDs", level.advisories.stream().map(Json::of).toList());
        }
        return json.build();
    }

    private static List<Json.Obj> versions(List<Integer> versions) {
        return versions.stream().map(svn -> Json.object().put("svn", svn).build()).toList();
    }
}
