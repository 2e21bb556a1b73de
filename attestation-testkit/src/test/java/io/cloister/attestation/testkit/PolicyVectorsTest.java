package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SnpFirmware;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.Chip;
import io.cloister.attestation.appraisal.Grace;
import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.appraisal.IntelDemands;
import io.cloister.attestation.appraisal.IntelMinimum;
import io.cloister.attestation.appraisal.Reason;
import io.cloister.attestation.appraisal.Register;
import io.cloister.attestation.appraisal.RegisterBits;
import io.cloister.attestation.appraisal.Registers;
import io.cloister.attestation.appraisal.Relaxation;
import io.cloister.attestation.appraisal.SgxConfig;
import io.cloister.attestation.appraisal.SgxEnclaveValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.appraisal.SnpDemands;
import io.cloister.attestation.appraisal.SnpGuestValue;
import io.cloister.attestation.appraisal.SnpIdBlock;
import io.cloister.attestation.appraisal.SnpMinimum;
import io.cloister.attestation.appraisal.SnpMitigations;
import io.cloister.attestation.appraisal.SnpRequirement;
import io.cloister.attestation.appraisal.SnpSignerValue;
import io.cloister.attestation.appraisal.TdxValue;
import io.cloister.attestation.intel.TcbStatus;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Makes and runs `spec/vectors/appraisal-policy.json`: policy files, good ones and such as are one
/// slip away from a good one (spec/evidence.md §7). To write it anew after it was changed, run this
/// with `-Dcloister.writeVectors=true`.
class PolicyVectorsTest {
    private static final Path FILE =
            Path.of(
                    System.getProperty("cloister.root", ".."),
                    "spec/vectors/appraisal-policy.json");
    private static final JsonLimits LIMITS = new JsonLimits(1 << 20, 16, 10_000);
    private static final String ABOUT =
            "policy files: accepted ones with the digest of their canonical form, refused ones with"
                    + " the stage and the path of the member";

    private static final String STRICT = text(IntelPolicies.of(List.of()));
    private static final String FULL = text(full());

    private final List<Json> vectors = new ArrayList<>();

    private static Bytes filled(int length, int value) {
        return FakePlatform.filled(length, value);
    }

    private static HardwarePolicy full() {
        Registers enclave =
                Registers.none()
                        .with(Register.SGX_ATTRIBUTES, new RegisterBits(0x400, 0x400))
                        .with(Register.SGX_MISC_SELECT, new RegisterBits(1, 0xffff_ffffL))
                        .with(Register.SGX_XFRM, new RegisterBits(0xe7, ~0L));
        Registers td = Registers.none().with(Register.TD_XFAM, new RegisterBits(0x602e7, 0xfffff));
        var minimum =
                new SnpMinimum(
                        Map.of(
                                TcbPart.BOOTLOADER, 4,
                                TcbPart.TEE, 0,
                                TcbPart.SNP, 24,
                                TcbPart.MICROCODE, 219));
        List<Integer> components = FakeTcbInfo.components(8, 8, 2);
        return IntelPolicies.of(
                        List.of(
                                new SgxEnclaveValue(
                                        "enclave", filled(32, 0x71), SgxConfig.with(enclave)),
                                new TdxValue(
                                        "image",
                                        filled(48, 0x77),
                                        List.of(
                                                filled(48, 0x80),
                                                filled(48, 0x81),
                                                filled(48, 0x82),
                                                filled(48, 0x83)),
                                        filled(48, 0),
                                        filled(48, 0),
                                        filled(48, 0),
                                        List.of(filled(48, 0x84)),
                                        td),
                                SnpGuestValue.of("guest", filled(48, 0x22)),
                                new SnpSignerValue(
                                        "signed",
                                        filled(32, 0),
                                        new SnpIdBlock(
                                                filled(48, 0x24),
                                                filled(48, 0),
                                                filled(16, 0x11),
                                                filled(16, 0x12),
                                                3))))
                .onChips(List.of(new Chip.IntelProcessor(filled(16, 0x31))))
                .demanding(
                        new IntelDemands(
                                17,
                                List.of("INTEL-SA-00615"),
                                List.of(
                                        new IntelMinimum(
                                                filled(6, 0x32), components, 13, components))))
                .demanding(
                        new SnpDemands(
                                Map.of(SnpProduct.MILAN, minimum),
                                new SnpFirmware(1, 55, 21),
                                Set.of(SnpRequirement.ECC),
                                new SnpMitigations(0x3, 0x7),
                                List.of("A Cloud")))
                .allow(Relaxation.SMT, "no hosts without")
                .allowTcbStatus(TcbStatus.SW_HARDENING_NEEDED, "mended in the image")
                .allowVmpl(1, "below an SVSM")
                .allowGrace(new Grace.Platform(30, new Reason("updates take a month")));
    }

    private static String text(AppraisalPolicy policy) {
        return new String(policy.toJson().canonical(), StandardCharsets.UTF_8);
    }

    private List<Json> made() throws MalformedException {
        accepted();
        emptyLists();
        names();
        registers();
        relaxations();
        return List.copyOf(vectors);
    }

    private void accepted() throws MalformedException {
        accept("strict", "the built-in policy, which accepts nothing", STRICT);
        accept("full", "a policy that says something of everything", FULL);
        accept(
                "comments",
                "comments and layout, which the digest doesn't cover",
                "// mine\n" + STRICT.replace(",", ", // here\n  "));
        accept(
                "simulated",
                "a policy for simulation, each relaxation with its reason",
                text(
                        SimulatedPolicy.anyRoot(List.of(), "a test")
                                .allowAnyMeasurement("a test")
                                .allowDebug("a test")));
    }

    private void emptyLists() throws MalformedException {
        String comment = "an empty list, which would accept everything";
        refuse("chips-empty", comment, "[\"intel-ppid:" + "31".repeat(16) + "\"]", "[]");
        refuse("advisories-empty", comment, "[\"INTEL-SA-00615\"]", "[]");
        refuse("modules-empty", comment, "[\"" + "84".repeat(48) + "\"]", "[]");
        refuse("require-empty", comment, "[\"ecc\"]", "[]");
        int from = FULL.indexOf("\"minTcb\":[");
        refuse(
                "families-empty",
                comment,
                FULL.substring(from, FULL.indexOf("]}]", from) + 3),
                "\"minTcb\":[]");
        refuse(
                "mitigations-empty",
                "no mitigation, which is said by leaving the member out",
                "{\"current\":\"0000000000000007\",\"launch\":\"0000000000000003\"}",
                "{}");
        refuse(
                "mitigations-zero",
                "no mitigation, which is said by leaving the member out",
                "\"0000000000000007\"",
                "\"0000000000000000\"");
    }

    private void names() throws MalformedException {
        String spelling = "an advisory in another spelling than Intel's, which rejects nothing";
        refuse("advisory-short", spelling, "INTEL-SA-00615", "INTEL-SA-615");
        refuse("advisory-lower-case", spelling, "INTEL-SA-00615", "intel-sa-00615");
        refuse("advisory-blank", spelling, "INTEL-SA-00615", "INTEL-SA-00615 ");
        refuse("advisory-letter", spelling, "INTEL-SA-00615", "INTEL-SA-0O615");
        refuse("advisory-of-amd", spelling, "INTEL-SA-00615", "AMD-SB-00615");
        refuse("unknown-member", "a misspelt member", "\"chips\"", "\"chip\"");
        refuse("unknown-value-member", "a misspelt member", "\"hostData\"", "\"hostdata\"");
        refuse(
                "unknown-demand",
                "a misspelt member",
                "\"minEvaluationNumber\"",
                "\"minEvaluation\"");
        refuse("unknown-register", "a register of another kind", "\"xfam\"", "\"xfrm\"");
        refuse("unknown-requirement", "a requirement that isn't one", "\"ecc\"", "\"ECC\"");
        refuse("unknown-relaxation", "a relaxation that isn't one", "\"smt\"", "\"SMT\"");
        refuse(
                "unknown-status",
                "a status that isn't one of Intel's",
                "\"SWHardeningNeeded\"",
                "\"SwHardeningNeeded\"");
        refuse("unknown-kind", "a kind that isn't one", "\"hardware\"", "\"any\"");
    }

    private void registers() throws MalformedException {
        String xfrm = "\"value\":\"00000000000000e7\"";
        refuse(
                "xfrm-without-sse",
                "a register as it never passes",
                xfrm,
                "\"value\":\"00000000000000e5\"");
        refuse(
                "xfrm-meaningless",
                "a register as it never passes",
                xfrm,
                "\"value\":\"80000000000000e7\"");
        refuse("xfrm-short", "too few digits", xfrm, "\"value\":\"e7\"");
        refuse("xfrm-upper-case", "upper-case digits", xfrm, "\"value\":\"00000000000000E7\"");
        refuse("xfrm-number", "no digits but a number", xfrm, "\"value\":231");
        refuse(
                "misc-select-long",
                "too many digits",
                "\"value\":\"00000001\"",
                "\"value\":\"0000000000000001\"");
        refuse(
                "misc-select-beside-mask",
                "a bit that the mask leaves out",
                "\"mask\":\"ffffffff\"",
                "\"mask\":\"fffffffe\"");
        refuse(
                "attributes-launch-token-key",
                "EINITTOKEN_KEY, which never passes",
                "{\"mask\":\"0000000000000400\",\"value\":\"0000000000000400\"}",
                "{\"mask\":\"0000000000000020\",\"value\":\"0000000000000020\"}");
        refuse(
                "attributes-no-mask",
                "a mask that says nothing",
                "{\"mask\":\"0000000000000400\",\"value\":\"0000000000000400\"}",
                "{\"mask\":\"0000000000000000\",\"value\":\"0000000000000000\"}");
        refuse("attributes-without-mask", "no mask", "\"mask\":\"0000000000000400\",", "");
    }

    private void relaxations() throws MalformedException {
        String smt = "\"smt\":\"no hosts without\"";
        refuse("reason-missing", "a relaxation without reason", smt, "\"smt\":true");
        refuse("reason-empty", "an empty reason", smt, "\"smt\":\"\"");
        refuse("reason-blank", "a blank reason", smt, "\"smt\":\"  \"");
        refuse("reason-long", "a reason too long", smt, "\"smt\":\"" + "y".repeat(201) + "\"");
        String status = "\"SWHardeningNeeded\"";
        refuse("allows-revoked", "what nobody may allow", status, "\"Revoked\"");
        refuse("allows-not-supported", "what nobody may allow", status, "\"NotSupported\"");
        refuse("vmpl-0", "what needs no relaxation", "{\"1\":", "{\"0\":");
        refuse("vmpl-4", "a privilege level that isn't one", "{\"1\":", "{\"4\":");
        refuse("grace-of-both", "two graces, which would add up", "\"platform\"", "\"both\"");
        refuse("grace-of-years", "a grace too long", "\"days\":30", "\"days\":731");
    }

    private void accept(String id, String comment, String file) throws MalformedException {
        String digest = AppraisalPolicy.parse(Bytes.utf8(file)).digest().toString();
        add(
                id,
                comment,
                file,
                Json.object().put("outcome", "accepted").put("digest", digest).build());
    }

    /// The full policy with one alteration.
    private void refuse(String id, String comment, String from, String to) {
        int at = FULL.indexOf(from);
        assertTrue(at >= 0, () -> from + " in " + FULL);
        String file = FULL.substring(0, at) + to + FULL.substring(at + from.length());
        String path =
                assertThrows(
                                MalformedException.class,
                                () -> AppraisalPolicy.parse(Bytes.utf8(file)),
                                id)
                        .path();
        add(
                id,
                comment,
                file,
                Json.object()
                        .put("outcome", "refused")
                        .put("stage", "field")
                        .put("path", path)
                        .build());
    }

    private void add(String id, String comment, String file, Json expected) {
        vectors.add(
                Json.object()
                        .put("id", id)
                        .put("comment", comment)
                        .put("input", file)
                        .put("expected", expected)
                        .build());
    }

    @Test
    void fileIsWhatItsMakerMakes() throws IOException, MalformedException {
        String made =
                made().stream()
                        .map(Json::text)
                        .collect(
                                Collectors.joining(
                                        ",\n",
                                        "{\"about\":\"" + ABOUT + "\",\n\"vectors\":[\n",
                                        "\n]}\n"));
        if (Boolean.getBoolean("cloister.writeVectors")) {
            Files.writeString(FILE, made);
        }

        assertEquals(made, Files.readString(FILE));
    }

    @TestFactory
    Stream<DynamicTest> vectors() throws IOException, MalformedException {
        Fields file = Fields.of(Json.parse(Files.readAllBytes(FILE), LIMITS, "file"), "file");
        List<Vector> read = file.list("vectors", 1_000, Vector::read);
        return read.stream()
                .map(vector ->
                        DynamicTest.dynamicTest(
                                vector.id(),
                                () ->
                                        assertEquals(
                                                vector.expected().text(),
                                                outcome(vector.file()).text())));
    }

    private record Vector(String id, Bytes file, Json expected) {
        static Vector read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            return new Vector(
                    fields.string("id", 1, 80),
                    Bytes.utf8(fields.string("input", 1, 1 << 16)),
                    fields.any("expected"));
        }
    }

    private static Json outcome(Bytes file) {
        try {
            return Json.object()
                    .put("outcome", "accepted")
                    .put("digest", AppraisalPolicy.parse(file).digest().toString())
                    .build();
        } catch (MalformedException e) {
            return Json.object()
                    .put("outcome", "refused")
                    .put("stage", "field")
                    .put("path", e.path())
                    .build();
        }
    }

    @Test
    void idsAreUniqueAndSoAreFiles() throws MalformedException {
        var ids = new HashSet<String>();
        var files = new HashSet<String>();
        for (Json vector : made()) {
            Fields fields = Fields.of(vector, "vector");
            assertTrue(ids.add(fields.string("id", 1, 80)), vector::text);
            assertTrue(files.add(fields.string("input", 1, 1 << 16)), vector::text);
        }
        assertTrue(ids.size() > 40, () -> ids.size() + " vectors");
    }
}
