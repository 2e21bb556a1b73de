package io.cloister.attestation.appraisal;

import static io.cloister.attestation.appraisal.IntelSample.fill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpFirmware;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.testkit.IntelPolicies;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// spec/evidence.md §6 for SEV-SNP: each test alters one field of an accepted case.
class SnpAppraisalTest extends AppraisalCase {
    private static final Bytes NONE = fill(0, 48);
    private static final Bytes KEY = fill(0x21, 48);
    private static final Bytes AUTHOR = fill(0x22, 48);
    private static final HardwarePolicy EXACT = policy(SnpSample.GUEST);

    private final SnpSample sample = new SnpSample();

    private static HardwarePolicy policy(SnpValue value) {
        return IntelPolicies.of(List.of(value)).demanding(demands(Set.of()));
    }

    private static SnpDemands demands(Set<SnpRequirement> require) {
        return demands(require, SnpMitigations.none());
    }

    private static SnpDemands demands(Set<SnpRequirement> require, SnpMitigations mitigations) {
        return new SnpDemands(
                SnpSample.DEMANDS.minTcb(),
                SnpSample.DEMANDS.minFirmware(),
                require,
                mitigations,
                SnpSample.DEMANDS.cloudProviders());
    }

    private static HardwarePolicy exact(Bytes hostData, Bytes idKey, Bytes authorKey) {
        return exact(hostData, new SnpIdBlock(idKey, authorKey, fill(0, 16), fill(0, 16), 0));
    }

    private static HardwarePolicy exact(Bytes hostData, SnpIdBlock idBlock) {
        return policy(new SnpGuestValue("image", fill(0x11, 48), hostData, idBlock));
    }

    private static HardwarePolicy signer(Bytes idKey, Bytes authorKey) {
        return policy(
                new SnpSignerValue(
                        "signed",
                        fill(0, 32),
                        new SnpIdBlock(idKey, authorKey, fill(0x13, 16), fill(0x14, 16), 5)));
    }

    /// What [#signer] accepts but for the keys.
    private void isSignedProduct() {
        sample.familyId = fill(0x13, 16);
        sample.imageId = fill(0x14, 16);
        sample.guestSvn = 5;
    }

    @Override
    Claims claims() {
        return sample.claims();
    }

    @Override
    HardwarePolicy policy() {
        return EXACT;
    }

    @Nested
    class ReferenceValues {
        @Test
        void acceptsTheImageItNames() {
            accepts(EXACT);
        }

        @Test
        void refusesEverythingIfThereAreNone() {
            refuses(
                    IntelPolicies.of(List.of()).demanding(demands(Set.of())),
                    FindingCode.REFERENCE_VALUES_PRESENT);
        }

        @Test
        void refusesAnotherImage() {
            sample.measurement = fill(0x12, 48);
            refuses(EXACT, FindingCode.MEASUREMENT);
        }

        @Test
        void refusesHostDataThatTheValueDoesNotName() {
            sample.hostData = fill(1, 32);
            refuses(EXACT, FindingCode.MEASUREMENT);
            accepts(exact(fill(1, 32), NONE, NONE));
        }

        @Test
        void refusesAnIdKeyThatTheValueDoesNotName() {
            sample.idKeyDigest = KEY;
            refuses(EXACT, FindingCode.MEASUREMENT);
            accepts(exact(fill(0, 32), KEY, NONE));
        }

        @Test
        void refusesAnAuthorKeyThatTheValueDoesNotName() {
            sample.authorKeyPresent = true;
            sample.authorKeyDigest = AUTHOR;
            refuses(EXACT, FindingCode.MEASUREMENT);
            accepts(exact(fill(0, 32), NONE, AUTHOR));
        }

        @Test
        void refusesAFamilyThatTheValueDoesNotName() {
            sample.familyId = fill(0x13, 16);
            refuses(EXACT, FindingCode.MEASUREMENT);
            accepts(exact(fill(0, 32), new SnpIdBlock(NONE, NONE, fill(0x13, 16), fill(0, 16), 0)));
        }

        @Test
        void refusesAnImageIdThatTheValueDoesNotName() {
            sample.imageId = fill(0x14, 16);
            refuses(EXACT, FindingCode.MEASUREMENT);
            accepts(exact(fill(0, 32), new SnpIdBlock(NONE, NONE, fill(0, 16), fill(0x14, 16), 0)));
        }

        @Test
        void refusesAnOlderVersionThanTheValueNames() {
            HardwarePolicy fromFive =
                    exact(fill(0, 32), new SnpIdBlock(NONE, NONE, fill(0, 16), fill(0, 16), 5));
            sample.guestSvn = 4;
            refuses(fromFive, FindingCode.MEASUREMENT);
            sample.guestSvn = 5;
            accepts(fromFive);
        }

        @Test
        void acceptsWhatTheIdKeySigned() {
            isSignedProduct();
            sample.idKeyDigest = KEY;
            accepts(signer(KEY, NONE));
        }

        @Test
        void refusesAnotherIdKey() {
            isSignedProduct();
            sample.idKeyDigest = fill(0x23, 48);
            refuses(signer(KEY, NONE), FindingCode.MEASUREMENT);
        }

        @Test
        void acceptsAnyIdKeyOfTheAuthor() {
            isSignedProduct();
            sample.idKeyDigest = fill(0x23, 48);
            sample.authorKeyPresent = true;
            sample.authorKeyDigest = AUTHOR;
            accepts(signer(NONE, AUTHOR));
        }

        @Test
        void refusesAnotherAuthor() {
            isSignedProduct();
            sample.authorKeyPresent = true;
            sample.authorKeyDigest = KEY;
            refuses(signer(NONE, AUTHOR), FindingCode.MEASUREMENT);
        }

        @Test
        void refusesAnAuthorThatTheFirmwareDidNotCheck() {
            isSignedProduct();
            sample.authorKeyDigest = AUTHOR;
            refuses(signer(NONE, AUTHOR), FindingCode.MEASUREMENT);
        }

        @Test
        void refusesAnotherFamilyOfTheSigner() {
            isSignedProduct();
            sample.idKeyDigest = KEY;
            sample.familyId = fill(1, 16);
            refuses(signer(KEY, NONE), FindingCode.MEASUREMENT);
        }

        @Test
        void refusesAnotherImageOfTheSigner() {
            isSignedProduct();
            sample.idKeyDigest = KEY;
            sample.imageId = fill(1, 16);
            refuses(signer(KEY, NONE), FindingCode.MEASUREMENT);
        }

        @Test
        void refusesAnOlderVersionOfTheSigner() {
            isSignedProduct();
            sample.idKeyDigest = KEY;
            sample.guestSvn = 4;
            refuses(signer(KEY, NONE), FindingCode.MEASUREMENT);
            sample.guestSvn = 0xffff_ffffL;
            accepts(signer(KEY, NONE));
        }

        @Test
        void refusesHostDataOfASignersGuest() {
            isSignedProduct();
            sample.idKeyDigest = KEY;
            sample.hostData = fill(1, 32);
            refuses(signer(KEY, NONE), FindingCode.MEASUREMENT);
        }
    }

    @Nested
    class GuestPolicyBits {
        @Test
        void refusesDebug() {
            sample.policy |= 1L << 19;
            isRelaxedBy(Relaxation.DEBUG, FindingCode.DEBUG);
        }

        @Test
        void refusesAMigrationAgent() {
            sample.policy |= 1L << 18;
            isRelaxedBy(Relaxation.MIGRATION, FindingCode.MIGRATION);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 31})
        void refusesAMigrationAgentThatIsThere(int at) {
            byte[] id = sample.migrationAgentReportId.toArray();
            id[at] = 0;
            sample.migrationAgentReportId = Bytes.copyOf(id);
            isRelaxedBy(Relaxation.MIGRATION, FindingCode.MIGRATION);
        }

        @Test
        void refusesThreadsThatMayShareACore() {
            sample.policy |= 1L << 16;
            isRelaxedBy(Relaxation.SMT, FindingCode.SMT);
        }

        @Test
        void refusesThreadsThatShareACore() {
            sample.platformInfo |= 1;
            isRelaxedBy(Relaxation.SMT, FindingCode.SMT);
        }

        @Test
        void refusesCxl() {
            sample.policy |= 1L << 21;
            isRelaxedBy(Relaxation.CXL, FindingCode.SNP_CXL);
        }

        @ParameterizedTest
        @CsvSource({
            "SINGLE_SOCKET,20,false",
            "AES_256_XTS,22,false",
            "POWER_LIMITS_OFF,23,false",
            "CIPHERTEXT_HIDING,24,false",
            "NO_PAGE_SWAP,25,false",
            "ECC,2,true",
            "ALIAS_CHECK,5,true"
        })
        void refusesGuestsWithoutWhatThePolicyRequires(
                SnpRequirement requirement, int bit, boolean ofPlatform) {
            HardwarePolicy requiring = EXACT.demanding(demands(Set.of(requirement)));
            refuses(requiring, FindingCode.SNP_REQUIRED);
            if (ofPlatform) {
                sample.platformInfo |= 1L << bit;
            } else {
                sample.policy |= 1L << bit;
            }
            accepts(requiring);
            accepts(EXACT);
        }
    }

    @Nested
    class PrivilegeLevels {
        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3})
        void refusesAnyButTheHighest(int level) {
            sample.vmpl = level;
            refuses(EXACT, FindingCode.SNP_VMPL);
            accepts(EXACT.allowVmpl(level, "below an SVSM"), FindingCode.SNP_VMPL);
            refuses(EXACT.allowVmpl(level % 3 + 1, "another"), FindingCode.SNP_VMPL);
        }
    }

    @Nested
    class Firmware {
        @Test
        void refusesATcbThatCanBeRolledBack() {
            sample.current[7]++;
            isRelaxedBy(Relaxation.PROVISIONAL_FIRMWARE, FindingCode.SNP_PROVISIONAL_FIRMWARE);
        }

        @Test
        void refusesAVersionThatCanBeRolledBack() {
            sample.currentFirmware = new SnpFirmware(1, 55, 22);
            isRelaxedBy(Relaxation.PROVISIONAL_FIRMWARE, FindingCode.SNP_PROVISIONAL_FIRMWARE);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 6, 7})
        void refusesACommittedTcbAboveTheCurrentOne(int part) {
            sample.committed[part]++;
            refuses(
                    EXACT.allow(Relaxation.PROVISIONAL_FIRMWARE, "a test"),
                    FindingCode.SNP_TCB_ORDER);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 6, 7})
        void refusesAReportedTcbAboveTheCurrentOne(int part) {
            sample.reported[part]++;
            refuses(EXACT, FindingCode.SNP_TCB_ORDER);
        }

        @Test
        void refusesACommittedVersionAboveTheCurrentOne() {
            sample.committedFirmware = new SnpFirmware(1, 56, 0);
            refuses(
                    EXACT.allow(Relaxation.PROVISIONAL_FIRMWARE, "a test"),
                    FindingCode.SNP_TCB_ORDER);
        }

        @ParameterizedTest
        @CsvSource({"1,55,20", "1,54,99", "0,99,99"})
        void refusesAnOlderVersion(int major, int minor, int build) {
            sample.currentFirmware = new SnpFirmware(major, minor, build);
            sample.committedFirmware = sample.currentFirmware;
            refuses(EXACT, FindingCode.SNP_MINIMUM_FIRMWARE);
        }
    }

    @Nested
    class MinimumTcb {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 6, 7})
        void refusesOnePartBelowWhenReported(int part) {
            sample.reported[part]--;
            refuses(EXACT, FindingCode.SNP_MINIMUM_TCB);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 6, 7})
        void refusesOnePartBelowWhenLaunched(int part) {
            sample.launch[part]--;
            refuses(EXACT, FindingCode.SNP_MINIMUM_TCB);
        }

        @Test
        void refusesLinesThatThePolicyDoesNotList() {
            sample.product = SnpProduct.GENOA;
            refuses(EXACT, FindingCode.SNP_MINIMUM_TCB);
        }

        @Test
        void refusesEverythingWithoutMinimum() {
            refuses(EXACT.demanding(SnpDemands.none()), FindingCode.SNP_MINIMUM_TCB);
        }

        /// The first byte is the FMC there, and the boot loader elsewhere.
        @Test
        void comparesByTheLayoutOfTheProduct() {
            byte[] versions = {1, 2, 3, 4, 0, 0, 0, 5};
            sample.product = SnpProduct.TURIN;
            sample.tcb(versions);
            var turin =
                    new SnpMinimum(
                            Map.of(
                                    TcbPart.FMC, 1,
                                    TcbPart.BOOTLOADER, 2,
                                    TcbPart.TEE, 3,
                                    TcbPart.SNP, 4,
                                    TcbPart.MICROCODE, 5));
            HardwarePolicy policy =
                    EXACT.demanding(
                            new SnpDemands(
                                    Map.of(SnpProduct.TURIN, turin),
                                    new SnpFirmware(0, 0, 0),
                                    Set.of(),
                                    SnpMitigations.none(),
                                    List.of()));
            accepts(policy);
            for (int part : List.of(0, 1, 2, 3, 7)) {
                sample.reported = versions.clone();
                sample.reported[part]--;
                refuses(policy, FindingCode.SNP_MINIMUM_TCB);
            }
        }
    }

    @Nested
    class Mitigations {
        private final HardwarePolicy demanding =
                EXACT.demanding(demands(Set.of(), new SnpMitigations(0x2, 0x6)));

        @Test
        void acceptsThoseThatThePolicyDemands() {
            accepts(demanding);
        }

        @Test
        void refusesOneThatWasLackingWhenTheGuestWasLaunched() {
            sample.launchMitigations = OptionalLong.of(0x1);
            refuses(demanding, FindingCode.SNP_MITIGATIONS);
            accepts(EXACT.demanding(demands(Set.of(), new SnpMitigations(0, 0x6))));
        }

        @Test
        void refusesOneThatIsLackingNow() {
            sample.currentMitigations = OptionalLong.of(0x3);
            refuses(demanding, FindingCode.SNP_MITIGATIONS);
            accepts(EXACT.demanding(demands(Set.of(), new SnpMitigations(0x2, 0))));
        }

        @Test
        void refusesReportsThatNameNone() {
            sample.launchMitigations = OptionalLong.empty();
            sample.currentMitigations = OptionalLong.empty();
            refuses(demanding, FindingCode.SNP_MITIGATIONS);
            accepts(EXACT);
        }

        @Test
        void saysWhichThereAreIfThePolicyDemandsNone() {
            var finding = Appraised.of(claims(), EXACT).finding(FindingCode.SNP_MITIGATIONS);
            assertEquals("the policy demands no mitigations", finding.sentence());
            assertEquals("launch 0x0000000000000003, current 0x0000000000000007", finding.actual());
        }
    }

    @Nested
    class LeftOpen {
        private String leftOpen(HardwarePolicy policy) {
            return Appraised.of(claims(), policy).finding(FindingCode.LEFT_OPEN).actual();
        }

        @Test
        void saysWhatNobodyCompares() {
            sample.policy |= 0x1f;
            sample.platformInfo = 0x82;
            assertEquals(
                    "guest policy 0x2001f, which asks for firmware interface 0.31 or later;"
                            + " platform 0x82, all memory encrypted, trusted devices possible;"
                            + " report id "
                            + "03".repeat(32),
                    leftOpen(EXACT));
        }

        @Test
        void saysWhatASignersGuestWasStartedFrom() {
            isSignedProduct();
            sample.idKeyDigest = KEY;
            assertTrue(leftOpen(signer(KEY, NONE)).endsWith("; measurement " + "11".repeat(48)));
        }
    }

    @Nested
    class Chips {
        private final HardwarePolicy listed = EXACT.onChips(List.of(new Chip.Snp(fill(0x51, 64))));

        @Test
        void acceptsTheListedOne() {
            accepts(listed);
        }

        @Test
        void refusesAnother() {
            byte[] other = sample.chip.toArray();
            other[63] ^= 1;
            sample.chip = Bytes.copyOf(other);
            refuses(listed, FindingCode.CHIP_LISTED);
        }

        @Test
        void refusesAReportThatNamesNone() {
            sample.chip = fill(0, 0);
            refuses(listed, FindingCode.CHIP_LISTED);
            accepts(EXACT);
        }

        /// The certificate names the chip still, and the policy lists it.
        @Test
        void refusesAChipThatTheReportHides() {
            accepts(listed);
            sample.reportedChip = Optional.of(fill(0, 64));
            refuses(listed, FindingCode.CHIP_LISTED);
            sample.chipKeyMasked = true;
            refuses(listed, FindingCode.CHIP_LISTED);
            accepts(EXACT);
            sample.reportedChip = Optional.empty();
            refuses(listed, FindingCode.CHIP_LISTED);
        }

        @Test
        void comparesAShortIdAsTheReportWritesIt() {
            sample.chip = fill(0x51, 8);
            Bytes padded = Bytes.copyOf(Arrays.copyOf(sample.chip.toArray(), 64));
            accepts(EXACT.onChips(List.of(new Chip.Snp(padded))));
            refuses(listed, FindingCode.CHIP_LISTED);
        }

        @Test
        void saysThatNoneIsListed() {
            assertTrue(
                    Appraised.of(sample.claims(), EXACT)
                            .finding(FindingCode.CHIP_LISTED)
                            .sentence()
                            .contains("lists no chips"));
        }
    }

    @Nested
    class SigningKeys {
        @Test
        void refusesACloudProvidersKey() {
            sample.signingKey = SigningKey.VLEK;
            isRelaxedBy(Relaxation.CLOUD_KEY, FindingCode.SNP_CHIP_KEY);
            assertEquals(
                    "vlek of A Cloud",
                    Appraised.of(sample.claims(), EXACT)
                            .finding(FindingCode.SNP_CHIP_KEY)
                            .actual());
        }

        @Test
        void refusesTheKeyOfAnotherCloudProvider() {
            sample.signingKey = SigningKey.VLEK;
            HardwarePolicy allowing = EXACT.allow(Relaxation.CLOUD_KEY, "tests");
            accepts(allowing, FindingCode.SNP_CHIP_KEY);
            sample.cloudProvider = "Another Cloud";
            refuses(allowing, FindingCode.SNP_CLOUD_PROVIDER);
        }

        @Test
        void refusesAnyCloudProvidersKeyWhereThePolicyNamesNone() {
            sample.signingKey = SigningKey.VLEK;
            HardwarePolicy allowing = EXACT.allow(Relaxation.CLOUD_KEY, "tests");
            var none =
                    new SnpDemands(
                            SnpSample.DEMANDS.minTcb(),
                            SnpSample.DEMANDS.minFirmware(),
                            SnpSample.DEMANDS.require(),
                            SnpSample.DEMANDS.mitigations(),
                            List.of());
            refuses(allowing.demanding(none), FindingCode.SNP_CLOUD_PROVIDER);
        }
    }

    @Nested
    class Occasion {
        @Test
        void refusesEvidenceAboutSomethingElse() {
            sample.reportData = fill(0x5b, 64);
            refuses(EXACT, FindingCode.REPORT_DATA);
        }

        @Test
        void narrowingNamesTheMeasurement() {
            var expected =
                    new Expectation(
                            sample.reportData,
                            Narrowing.ofProposal(List.of("snp:" + "11".repeat(48))));
            Appraised.of(sample.claims(), EXACT, expected, Appraised.NOW).accepts();
            sample.measurement = fill(0x12, 48);
            Appraised.of(sample.claims(), EXACT, expected, Appraised.NOW)
                    .refuses(FindingCode.MEASUREMENT, FindingCode.MEASUREMENT_NARROWED);
        }

        @Test
        void simulatedPolicyRefusesHardware() throws Exception {
            AppraisalPolicy simulated =
                    AppraisalPolicy.parse(
                            Bytes.utf8(
                                    """
                                    {"type": "application/vnd.cloister.appraisal-policy.v1+json",
                                     "kind": "simulated",
                                     "allow": {"anyRoot": "a test", "anyMeasurement": "a test",
                                               "debug": "a test"}}
                                    """));
            Appraised.of(sample.claims(), simulated).refuses(FindingCode.EVIDENCE_KIND_ACCEPTED);
            Appraised.of(new IntelSample().sgx(), simulated)
                    .refuses(FindingCode.EVIDENCE_KIND_ACCEPTED);
            Appraised.of(new IntelSample().tdx(), simulated)
                    .refuses(FindingCode.EVIDENCE_KIND_ACCEPTED);
        }
    }
}
