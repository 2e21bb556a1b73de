package io.cloister.attestation.appraisal;

import static io.cloister.attestation.appraisal.IntelSample.fill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SnpFirmware;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.attestation.intel.TcbStatus;
import io.cloister.attestation.testkit.IntelPolicies;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// The file format of hardware policies (spec/evidence.md §7.1).
class HardwarePolicyTest {
    private static final HardwarePolicy FULL = full();

    /// One with everything in it.
    private static HardwarePolicy full() {
        List<Integer> components = Collections.nCopies(16, 255);
        HardwarePolicy policy =
                IntelPolicies.of(values())
                        .onChips(
                                List.of(
                                        new Chip.Snp(fill(25, 64)),
                                        new Chip.IntelProcessor(fill(26, 16)),
                                        new Chip.IntelPlatform(fill(27, 16))))
                        .demanding(
                                new IntelDemands(
                                        17,
                                        List.of("INTEL-SA-00615"),
                                        List.of(
                                                new IntelMinimum(
                                                        fill(28, 6), components, 13, components))))
                        .demanding(
                                new SnpDemands(
                                        Map.of(SnpProduct.GENOA, genoa()),
                                        new SnpFirmware(1, 55, 21),
                                        Set.of(SnpRequirement.values()),
                                        new SnpMitigations(0x12, 0x34),
                                        List.of("A Cloud")));
        for (Relaxation relaxation : Relaxation.values()) {
            policy = policy.allow(relaxation, "why " + relaxation.word());
        }
        return policy.allowTcbStatus(TcbStatus.SW_HARDENING_NEEDED, "why the state")
                .allowVmpl(2, "why the level")
                .allowGrace(new Grace.Platform(30, new Reason("why late")));
    }

    private static List<HardwareValue> values() {
        return List.of(
                new SgxEnclaveValue(
                        "a",
                        fill(1, 32),
                        new SgxConfig(
                                fill(2, 64),
                                3,
                                Registers.none()
                                        .with(
                                                Register.SGX_ATTRIBUTES,
                                                new RegisterBits(0x404, 0x446))
                                        .with(
                                                Register.SGX_MISC_SELECT,
                                                new RegisterBits(1, 0xffff_ffffL))
                                        .with(Register.SGX_XFRM, new RegisterBits(0xe7, ~0L)))),
                new SgxSignerValue(
                        "b", fill(4, 32), 5, 6, fill(7, 16), fill(8, 16), SgxConfig.none()),
                new TdxValue(
                        "c",
                        fill(9, 48),
                        Collections.nCopies(4, fill(10, 48)),
                        fill(11, 48),
                        fill(12, 48),
                        fill(13, 48),
                        List.of(fill(14, 48)),
                        Registers.none()
                                .with(Register.TD_ATTRIBUTES, new RegisterBits(0, 1L << 27))
                                .with(Register.TD_XFAM, new RegisterBits(0x602e7, 0x6ffff))),
                new SnpGuestValue(
                        "d",
                        fill(15, 48),
                        fill(16, 32),
                        new SnpIdBlock(fill(17, 48), fill(18, 48), fill(29, 16), fill(30, 16), 31)),
                new SnpSignerValue(
                        "e",
                        fill(24, 32),
                        new SnpIdBlock(
                                fill(19, 48), fill(20, 48), fill(21, 16), fill(22, 16), 23)));
    }

    private static SnpMinimum genoa() {
        return new SnpMinimum(
                Map.of(
                        TcbPart.BOOTLOADER, 1,
                        TcbPart.TEE, 2,
                        TcbPart.SNP, 3,
                        TcbPart.MICROCODE, 4));
    }

    private static AppraisalPolicy parse(String text) throws MalformedException {
        return AppraisalPolicy.parse(Bytes.utf8(text));
    }

    private static String text() {
        return new String(FULL.toJson().canonical(), StandardCharsets.UTF_8);
    }

    @Test
    void isReadBackFromItsOwnForm() throws Exception {
        AppraisalPolicy again = parse(text());

        assertEquals(FULL, again);
        assertEquals(FULL.digest(), again.digest());
    }

    @Test
    void whatIsNotMentionedIsTheStrictest() throws Exception {
        assertEquals(
                HardwarePolicy.of(List.of()),
                parse(
                        """
                        // Comments are no part of it: "referenceValues": [1]
                        {
                          "type": "application/vnd.cloister.appraisal-policy.v1+json", // here "too
                          "kind": "hardware",
                          "referenceValues": [] //
                        } // and here\
                        """));
    }

    @Test
    void builtInOneAcceptsNothing() {
        assertEquals(HardwarePolicy.of(List.of()), AppraisalPolicy.builtIn());
    }

    @Test
    void slashesInAStringAreNoComment() throws Exception {
        var policy =
                (HardwarePolicy)
                        parse(
                                "{\"type\": \""
                                        + AppraisalPolicy.TYPE
                                        + "\", \"kind\": \"hardware\", \"referenceValues\":"
                                        + " [],\"allow\": {\"smt\": \"https://example.org \\\" //"
                                        + " why\"}}");
        assertEquals(
                "https://example.org \" // why",
                policy.allow().reason(Relaxation.SMT).orElseThrow().text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/ no comment", "/* none */", "# none"})
    void refusesOtherComments(String comment) {
        assertThrows(MalformedException.class, () -> parse(text() + comment));
    }

    @Test
    void everyMemberChangesTheDigest() {
        var digests = new HashSet<>(Set.of(FULL.digest()));
        List<Json> variants = variants(FULL.toJson());
        for (Json variant : variants) {
            try {
                assertTrue(
                        digests.add(parse(variant.text()).digest()),
                        () -> "the same digest: " + variant.text());
            } catch (MalformedException _) {
                // Only what is accepted has a digest.
            }
        }
        assertTrue(digests.size() > 60, () -> digests.size() + " of " + variants.size());
    }

    /// The same document with one leaf altered, for each leaf.
    private static List<Json> variants(Json json) {
        var all = new ArrayList<Json>();
        switch (json) {
            case Json.Obj(var members) ->
                    members.forEach((name, value) -> {
                        for (Json variant : variants(value)) {
                            var copy = Json.object();
                            members.forEach((other, old) ->
                                    copy.put(other, other.equals(name) ? variant : old));
                            all.add(copy.build());
                        }
                    });
            case Json.Arr(var elements) -> {
                for (int i = 0; i < elements.size(); i++) {
                    for (Json variant : variants(elements.get(i))) {
                        var copy = new ArrayList<>(elements);
                        copy.set(i, variant);
                        all.add(Json.array(copy));
                    }
                }
            }
            case Json.Str(var text) -> all.add(Json.of(altered(text)));
            case Json.Num(var number) -> all.add(Json.of(number == 0 ? 1 : number - 1));
            case Json.Bool(var bool) -> all.add(Json.of(!bool));
            case Json.Null _ -> {}
        }
        return all;
    }

    private static String altered(String text) {
        String kept = text.substring(0, text.length() - 1);
        return kept + (text.endsWith("1") ? '2' : '1');
    }

    @Test
    void orderOfRelaxationsDoesNotChangeTheDigest() {
        HardwarePolicy none = HardwarePolicy.of(List.of());
        assertEquals(
                none.allow(Relaxation.SMT, "a").allow(Relaxation.CXL, "b").digest(),
                none.allow(Relaxation.CXL, "b").allow(Relaxation.SMT, "a").digest());
        assertNotEquals(
                none.allow(Relaxation.SMT, "a").digest(), none.allow(Relaxation.SMT, "b").digest());
    }

    @ParameterizedTest
    @EnumSource(Relaxation.class)
    void saysEachRelaxationWithItsReason(Relaxation relaxation) {
        String accepted = "Relaxed: accepts " + relaxation.what() + ", because: why here.";
        HardwarePolicy strict = HardwarePolicy.of(List.of());
        assertTrue(strict.sentences().contains("Refuses " + relaxation.what() + "."));
        assertTrue(strict.allow(relaxation, "why here").sentences().contains(accepted));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "the SGX enclave \"a\"",
                "any SGX enclave \"b\", which is product 5, version 6 or later",
                ", whoever signed it, with CONFIGID 0202",
                "02, with CONFIGSVN 3 or more, with ATTRIBUTES 0x404",
                "with ISVFAMILYID 0707",
                "with ISVEXTPRODID 0808",
                "with MRCONFIGID 0b0b",
                "with MROWNER 0c0c",
                "with MROWNERCONFIG 0d0d",
                "with HOST_DATA 1010",
                "with ID_KEY_DIGEST 1111",
                "with AUTHOR_KEY_DIGEST 1212",
                "with FAMILY_ID 1d1d",
                "with IMAGE_ID 1e1e",
                "with GUEST_SVN 31 or more",
                "with AUTHOR_KEY_DIGEST 1414",
                "with HOST_DATA 1818",
                "MISCSELECT 0x1 (EXINFO) under the mask 0xffffffff",
                "XFRM 0xe7 (x87, SSE, AVX, AVX-512) under the mask 0xffffffffffffffff",
                "the TDX virtual machine \"c\"",
                "on one of the 1 TDX modules the policy names",
                "XFAM 0x602e7 (x87, SSE, AVX, AVX-512, PKRU, AMX) under the mask 0x6ffff",
                "the SEV-SNP guest \"d\"",
                "any SEV-SNP guest \"e\", version 23 or later",
                "intel-ppid:1a1a",
                "advisory INTEL-SA-00615",
                "before number 17",
                "FMSPC 1c1c",
                "Genoa processors from these patch levels on: bootloader 1, tee 2, snp 3, microcode"
                        + " 4",
                "Refuses Milan processors",
                "firmware 1.55.21 or later",
                "ciphertext in memory is hidden",
                "reports of version 5: launch 0x0000000000000012, current 0x0000000000000034",
                "rates SWHardeningNeeded, because: why the state",
                "privilege level 2, because: why the level",
                "until 30 days after the date of their TCB level, because: why late"
            })
    void saysEverythingElseToo(String part) {
        String said = String.join("\n", FULL.sentences());
        assertTrue(said.contains(part), said);
    }

    static Stream<String> alterations() {
        return Stream.of(
                "\"kind\":\"hardware\"|\"kind\":\"both\"",
                "\"kind\":\"hardware\"|\"kind\":\"simulated\"",
                "policy.v1+json|policy.v2+json",
                "\"chips\"|\"chip\"",
                "\"intel\"|\"intels\"",
                "\"snp\":{|\"amd\":{",
                "\"kind\":\"sgx\"|\"kind\":\"sev\"",
                "\"kind\":\"sgx\"|\"kind\":\"tdx\"",
                "\"kind\":\"sgx\"|\"kind\":\"simulated\"",
                "\"name\":\"a\"|\"name\":\"\"",
                "\"name\":\"a\"|\"name\":\"" + "a".repeat(61) + "\"",
                "\"name\":\"a\"|\"title\":\"a\"",
                "\"configId\":\"02|\"configId\":\"",
                "\"configId\":\"0202|\"configId\":\"02Aa",
                "\"minConfigSvn\":3|\"minConfigSvn\":65536",
                "\"mrEnclave\":\"01|\"mrEnclave\":\"",
                "\"mrEnclave\":\"" + "01".repeat(32) + "|\"mrEnclave\":\"" + "0".repeat(64),
                "\"mrEnclave\"|\"mrenclave\"",
                "\"mrSigner\":\"" + "04".repeat(32) + "|\"mrSigner\":\"" + "0".repeat(64),
                "\"isvProdId\":5|\"isvProdId\":-1",
                "\"isvProdId\":5,|",
                "\"minIsvSvn\":6|\"minIsvSvn\":65536",
                "\"minIsvSvn\":6,|",
                "\"00000000000000e7\"|\"00000000000000E7\"",
                "\"00000000000000e7\"|\"e7\"",
                "\"00000000000000e7\"|231",
                "\"00000000000000e7\"|\"00000000000000e6\"",
                "\"00000000000000e7\"|\"00000000000020e7\"",
                "\"00000000000000e7\"|\"80000000000000e7\"",
                "\"value\":\"00000001\"|\"value\":\"00000004\"",
                "\"value\":\"00000001\"|\"value\":\"0000000000000001\"",
                "\"mask\":\"ffffffff\"|\"mask\":\"fffffffe\"",
                "\"mask\":\"ffffffff\",|",
                ",\"value\":\"00000001\"|",
                "\"mask\":\"ffffffff\"|\"masks\":\"ffffffff\"",
                "\"value\":\"0000000000000404\"|\"value\":\"0000000000000424\"",
                "\"mask\":\"0000000008000000\"|\"mask\":\"0000000000000000\"",
                "\"value\":\"00000000000602e7\"|\"value\":\"00000000000602e6\"",
                "\"value\":\"00000000000602e7\"|\"value\":\"00000000000606e7\"",
                "\"xfam\"|\"xfrm\"",
                "\"xfrm\"|\"xfam\"",
                "\"miscSelect\"|\"miscselect\"",
                "\"mrTd\":\"" + "09".repeat(48) + "|\"mrTd\":\"" + "0".repeat(96),
                "\"rtmr0\":\"0a|\"rtmr0\":\"",
                "\"rtmr2\":\"" + "0a".repeat(48) + "\",|",
                "\"rtmr3\"|\"rtmr4\"",
                "\"mrSeam\":[\"" + "0e".repeat(48) + "|\"mrSeam\":[\"" + "0".repeat(96),
                "\"measurement\":\"" + "0f".repeat(48) + "|\"measurement\":\"" + "0".repeat(96),
                "\"measurement\":\"0f|\"mesurement\":\"0f",
                "\"hostData\":\"10|\"hostData\":\"",
                "\"familyId\":\"15|\"familyId\":\"",
                "\"imageId\":\"" + "16".repeat(16) + "\",|",
                "\"minGuestSvn\":23|\"minGuestSvn\":4294967296",
                "\"imageId\":\"1e|\"imageId\":\"",
                "\"minGuestSvn\":31|\"minGuestSvn\":-1",
                "\"minGuestSvn\":23,|",
                "\"familyId\":\"" + "15".repeat(16) + "\",|",
                "\"launch\":\"0000000000000012\"|\"launch\":\"12\"",
                "\"launch\":\"0000000000000012\"|\"launch\":\"0000000000000000\"",
                "\"launch\":\"0000000000000012\"|\"launch\":18",
                "\"current\":\"0000000000000034\"|\"now\":\"0000000000000034\"",
                "{\"current\":\"0000000000000034\",\"launch\":\"0000000000000012\"}|{}",
                "snp-chip:19|snp-chip:",
                "snp-chip:" + "19".repeat(64) + "|snp-chip:" + "0".repeat(128),
                "intel-ppid:1a|intel-ppid:",
                "intel-ppid:" + "1a".repeat(16) + "|intel-ppid:" + "0".repeat(32),
                "intel-platform:1b|intel-package:1b",
                "intel-platform:1b|intel-platform:",
                "intel-platform:|",
                "\"minEvaluationNumber\":17|\"minEvaluationNumber\":-1",
                "INTEL-SA-00615|",
                "INTEL-SA-00615|INTEL-SA-615",
                "INTEL-SA-00615|INTEL-SA-006150",
                "INTEL-SA-00615|INTEL-SA-00615 ",
                "INTEL-SA-00615|INTEL-SA-0O615",
                "INTEL-SA-00615|intel-sa-00615",
                "INTEL-SA-00615|AMD-SB-00615",
                "\"fmspc\":\"1c|\"fmspc\":\"",
                "\"pceSvn\":13|\"pceSvn\":65536",
                "\"components\":[255,|\"components\":[256,",
                "\"components\":[255,|\"components\":[",
                "\"components\":[255,|\"components\":[255,255,",
                "\"tdxComponents\":[255,|\"tdxComponents\":[-1,",
                "\"Genoa\":|\"Rome\":",
                "\"Genoa\":|\"Turin\":",
                "\"bootloader\":1|\"bootloader\":256",
                "\"bootloader\":1,|",
                "\"bootloader\":1|\"fmc\":1,\"bootloader\":1",
                "\"1.55.21\"|\"1.55\"",
                "\"1.55.21\"|\"1.55.256\"",
                "\"1.55.21\"|\"1.55.021\"",
                "\"single-socket\"|\"two-sockets\"",
                "\"single-socket\"|\"ecc\"",
                "\"why smt\"|\"\"",
                "\"why smt\"|\" \"",
                "\"why smt\"|true",
                "\"why smt\"|null",
                "\"why smt\"|\"" + "y".repeat(201) + "\"",
                "\"smt\":|\"everything\":",
                "\"SWHardeningNeeded\"|\"Revoked\"",
                "\"SWHardeningNeeded\"|\"NotSupported\"",
                "\"SWHardeningNeeded\"|\"UpToDate\"",
                "\"SWHardeningNeeded\"|\"Unknown\"",
                "\"vmpl\":{\"2\"|\"vmpl\":{\"0\"",
                "\"vmpl\":{\"2\"|\"vmpl\":{\"4\"",
                "\"of\":\"platform\"|\"of\":\"both\"",
                "\"days\":30|\"days\":0",
                "\"days\":30|\"days\":731",
                "\"why late\"|\"\"");
    }

    /// Each: a text in the accepted file, and what stands there instead.
    @ParameterizedTest
    @MethodSource("alterations")
    void refusesOneAlteredMember(String alteration) {
        int bar = alteration.indexOf('|');
        String from = alteration.substring(0, bar);
        String accepted = text();
        int at = accepted.indexOf(from);
        assertTrue(at > 0, () -> from + " in " + accepted);
        String file =
                accepted.substring(0, at)
                        + alteration.substring(bar + 1)
                        + accepted.substring(at + from.length());
        assertThrows(MalformedException.class, () -> parse(file));
    }

    /// To name nothing would accept everything, so that is said by leaving the member out.
    @ParameterizedTest
    @ValueSource(strings = {"chips", "rejectedAdvisories", "minTcb", "require", "mrSeam"})
    void refusesAnEmptyListInPlaceOfOneThatIsLeftOut(String member) throws Exception {
        Json accepted = FULL.toJson();
        parse(changed(accepted, member, _ -> Optional.empty()).text());
        Json emptied =
                changed(
                        accepted,
                        member,
                        value ->
                                Optional.of(
                                        value instanceof Json.Arr ? Json.array(List.of()) : value));
        String refusal =
                assertThrows(MalformedException.class, () -> parse(emptied.text())).toString();
        assertTrue(refusal.contains("an empty array"), refusal);
    }

    @Test
    void namesNoListInItsOwnFormThatSaysNothing() {
        String strict =
                IntelPolicies.of(
                                List.of(
                                        TdxValue.of(
                                                "c",
                                                fill(9, 48),
                                                Collections.nCopies(4, fill(10, 48)))))
                        .toJson()
                        .text();
        assertFalse(strict.contains("[]"), strict);
    }

    /// The same document with each member of this name changed, or left out.
    private static Json changed(Json json, String name, Function<Json, Optional<Json>> change) {
        return switch (json) {
            case Json.Obj(var members) -> {
                var copy = Json.object();
                members.forEach((member, value) -> {
                    Json deep = changed(value, name, change);
                    Optional<Json> kept =
                            member.equals(name) ? change.apply(deep) : Optional.of(deep);
                    kept.ifPresent(there -> copy.put(member, there));
                });
                yield copy.build();
            }
            case Json.Arr(var elements) ->
                    Json.array(elements.stream().map(one -> changed(one, name, change)).toList());
            case Json.Str _, Json.Num _, Json.Bool _, Json.Null _ -> json;
        };
    }

    @Test
    void refusesMembersThatNobodyAskedFor() {
        for (String object :
                List.of("\"intel\":{", "\"snp\":{", "\"allow\":{", "[{", "\"grace\":{")) {
            String file = text().replace(object, object + "\"zzz\":1,");
            assertThrows(MalformedException.class, () -> parse(file), object);
        }
    }

    @ParameterizedTest
    @CsvSource({"chips,256", "referenceValues,64"})
    void refusesOneMoreThanThereMayBe(String member, int most) throws Exception {
        parse(repeated(member, most));
        assertThrows(MalformedException.class, () -> parse(repeated(member, most + 1)));
    }

    private static String repeated(String member, int count) {
        boolean chips = member.equals("chips");
        String one =
                chips
                        ? "\"intel-ppid:" + "1a".repeat(16) + "\""
                        : values().getFirst().toJson().text();
        return "{\"type\":\""
                + AppraisalPolicy.TYPE
                + "\",\"kind\":\"hardware\","
                + (chips ? "\"referenceValues\":[]," : "")
                + "\""
                + member
                + "\":["
                + String.join(",", Collections.nCopies(count, one))
                + "]}";
    }

    @Test
    void refusesTwoMinimumsForOneFamily() {
        String minimum = text().replaceFirst(".*\"minTcb\":\\[(\\{.*?})].*", "$1");
        assertThrows(
                MalformedException.class,
                () -> parse(text().replace(minimum, minimum + "," + minimum)));
    }
}
