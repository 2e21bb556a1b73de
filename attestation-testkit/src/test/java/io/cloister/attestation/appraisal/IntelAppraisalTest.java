package io.cloister.attestation.appraisal;

import static io.cloister.attestation.appraisal.IntelSample.fill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.PckExtension;
import io.cloister.attestation.intel.TcbStatus;
import io.cloister.attestation.testkit.IntelPolicies;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// spec/evidence.md §6.8 to §6.11 for Intel's platforms: each test alters one field of an accepted
/// case.
class IntelAppraisalTest extends AppraisalCase {
    private static final HardwarePolicy SGX = IntelPolicies.of(List.of(IntelSample.ENCLAVE));
    private static final HardwarePolicy TDX = IntelPolicies.of(List.of(IntelSample.TD));

    private final IntelSample sample = new IntelSample();

    @Override
    Claims claims() {
        return sample.sgx();
    }

    @Override
    HardwarePolicy policy() {
        return SGX;
    }

    @Nested
    class TcbState {
        @ParameterizedTest
        @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UP_TO_DATE")
        void refusesEveryStateButUpToDate(TcbStatus status) {
            sample.status = status;
            refuses(SGX, FindingCode.INTEL_TCB_STATUS);
            Appraised.of(sample.tdx(), TDX).refuses(FindingCode.INTEL_TCB_STATUS);
        }

        @ParameterizedTest
        @EnumSource(
                mode = EnumSource.Mode.EXCLUDE,
                names = {"UP_TO_DATE", "REVOKED", "NOT_SUPPORTED"})
        void acceptsAStateThatThePolicyAllowsAndNoOther(TcbStatus status) {
            HardwarePolicy relaxed = SGX.allowTcbStatus(status, "mended otherwise");
            sample.status = status;
            accepts(relaxed, FindingCode.INTEL_TCB_STATUS);
            assertTrue(
                    Appraised.of(sample.sgx(), relaxed)
                            .finding(FindingCode.INTEL_TCB_STATUS)
                            .sentence()
                            .endsWith("the policy allows it: mended otherwise"));
            for (TcbStatus other : TcbStatus.values()) {
                if (other != status && other != TcbStatus.UP_TO_DATE) {
                    sample.status = other;
                    refuses(relaxed, FindingCode.INTEL_TCB_STATUS);
                }
            }
        }

        private void hidden(TcbStatus part) {
            Appraised refused =
                    Appraised.of(sample.tdx(), TDX.allowTcbStatus(sample.status, "a test"));
            refused.refuses(FindingCode.INTEL_TCB_STATUS);
            assertTrue(
                    refused.finding(FindingCode.INTEL_TCB_STATUS)
                            .sentence()
                            .contains("which hides that it rates"));
            Appraised.of(
                            sample.tdx(),
                            TDX.allowTcbStatus(sample.status, "a test")
                                    .allowTcbStatus(part, "a test"))
                    .accepts(FindingCode.INTEL_TCB_STATUS);
        }

        @ParameterizedTest
        @EnumSource(
                names = {
                    "SW_HARDENING_NEEDED",
                    "CONFIGURATION_NEEDED",
                    "CONFIGURATION_AND_SW_HARDENING_NEEDED"
                })
        void refusesAStateOfThePlatformThatTheWholeHides(TcbStatus part) {
            sample.status = TcbStatus.OUT_OF_DATE;
            sample.moduleStatus = TcbStatus.OUT_OF_DATE;
            Appraised.of(sample.tdx(), TDX.allowTcbStatus(sample.status, "a test"))
                    .accepts(FindingCode.INTEL_TCB_STATUS);
            sample.platformStatus = part;
            hidden(part);
            sample.moduleStatus = TcbStatus.UP_TO_DATE;
            sample.qeStatus = TcbStatus.OUT_OF_DATE;
            hidden(part);
        }

        @Test
        void refusesHardeningThatAConfigurationHides() {
            sample.status = TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED;
            sample.qeStatus = TcbStatus.OUT_OF_DATE;
            for (TcbStatus said :
                    List.of(
                            TcbStatus.CONFIGURATION_NEEDED,
                            TcbStatus.OUT_OF_DATE,
                            TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED)) {
                sample.platformStatus = said;
                Appraised.of(sample.tdx(), TDX.allowTcbStatus(sample.status, "a test"))
                        .accepts(FindingCode.INTEL_TCB_STATUS);
            }
            sample.platformStatus = TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED;
            hidden(TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED);
        }

        @ParameterizedTest
        @EnumSource(
                names = {
                    "OUT_OF_DATE",
                    "SW_HARDENING_NEEDED",
                    "CONFIGURATION_NEEDED",
                    "OUT_OF_DATE_CONFIGURATION_NEEDED"
                })
        void refusesAStateOfAPartThatTheWholeDoesNotShow(TcbStatus part) {
            sample.status = TcbStatus.CONFIGURATION_NEEDED;
            if (part == sample.status) {
                sample.status = TcbStatus.SW_HARDENING_NEEDED;
            }
            sample.platformStatus = sample.status;
            Appraised.of(sample.tdx(), TDX.allowTcbStatus(sample.status, "a test"))
                    .accepts(FindingCode.INTEL_TCB_STATUS);
            sample.moduleStatus = part;
            hidden(part);
            sample.moduleStatus = TcbStatus.UP_TO_DATE;
            sample.qeStatus = part;
            hidden(part);
        }

        /// A relaunch is advised also where the processor needs hardening by software.
        @Test
        void refusesHardeningOfTheProcessorThatARelaunchHides() {
            sample.status = TcbStatus.TD_RELAUNCH_ADVISED;
            sample.platformStatus = TcbStatus.OUT_OF_DATE;
            sample.moduleStatus = TcbStatus.OUT_OF_DATE;
            Appraised.of(sample.tdx(), TDX.allowTcbStatus(sample.status, "a test"))
                    .accepts(FindingCode.INTEL_TCB_STATUS);
            sample.sgxStatus = TcbStatus.SW_HARDENING_NEEDED;
            hidden(TcbStatus.SW_HARDENING_NEEDED);
        }

        @ParameterizedTest
        @EnumSource(names = {"REVOKED", "NOT_SUPPORTED"})
        void noNameSaysThatAPartIsRevokedOrUnsupported(TcbStatus part) {
            sample.status = TcbStatus.OUT_OF_DATE;
            sample.platformStatus = TcbStatus.OUT_OF_DATE;
            sample.qeStatus = part;
            HardwarePolicy all = SGX;
            for (TcbStatus status : TcbStatus.values()) {
                if (status != TcbStatus.UP_TO_DATE
                        && status != TcbStatus.REVOKED
                        && status != TcbStatus.NOT_SUPPORTED) {
                    all = all.allowTcbStatus(status, "a test");
                }
            }
            refuses(all, FindingCode.INTEL_TCB_STATUS);
            sample.qeStatus = TcbStatus.UP_TO_DATE;
            accepts(all, FindingCode.INTEL_TCB_STATUS);
        }

        @ParameterizedTest
        @EnumSource(names = {"UP_TO_DATE", "REVOKED", "NOT_SUPPORTED"})
        void noPolicyAllowsRevokedOrUnsupportedPlatforms(TcbStatus status) {
            assertThrows(
                    IllegalArgumentException.class, () -> SGX.allowTcbStatus(status, "a test"));
        }
    }

    @Nested
    class PlatformGrace {
        private final Instant end = IntelSample.TCB_DATE.plus(Duration.ofDays(30));
        private final HardwarePolicy policy =
                SGX.allowGrace(new Grace.Platform(30, new Reason("patches take a month")));

        private void outOfDate() {
            sample.status = TcbStatus.OUT_OF_DATE;
            sample.platformStatus = TcbStatus.OUT_OF_DATE;
        }

        private Appraised at(Instant instant, HardwarePolicy under) {
            return Appraised.of(sample.sgx(), under, new Expectation(sample.reportData), instant);
        }

        @Test
        void endsWithItsLastDay() {
            outOfDate();
            at(end, policy).accepts(FindingCode.INTEL_TCB_STATUS);
            at(end.plusSeconds(1), policy).refuses(FindingCode.INTEL_TCB_STATUS);
        }

        @Test
        void countsFromTheOldestPartThatIsOutOfDate() {
            outOfDate();
            sample.qeStatus = TcbStatus.OUT_OF_DATE;
            sample.qeDate = IntelSample.TCB_DATE.minusSeconds(1);
            at(end, policy).refuses(FindingCode.INTEL_TCB_STATUS);
            at(end.minusSeconds(1), policy).accepts(FindingCode.INTEL_TCB_STATUS);
        }

        @Test
        void doesNotCoverWhatAStateHides() {
            sample.status = TcbStatus.OUT_OF_DATE;
            sample.platformStatus = TcbStatus.SW_HARDENING_NEEDED;
            sample.qeStatus = TcbStatus.OUT_OF_DATE;
            at(end, policy).refuses(FindingCode.INTEL_TCB_STATUS);
            at(end, policy.allowTcbStatus(TcbStatus.SW_HARDENING_NEEDED, "a test"))
                    .accepts(FindingCode.INTEL_TCB_STATUS);
        }

        @Test
        void doesNotCoverConfiguration() {
            sample.status = TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED;
            sample.platformStatus = TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED;
            at(end, policy).refuses(FindingCode.INTEL_TCB_STATUS);
            at(end, policy.allowTcbStatus(TcbStatus.CONFIGURATION_NEEDED, "a test"))
                    .accepts(FindingCode.INTEL_TCB_STATUS);
        }

        @ParameterizedTest
        @EnumSource(
                names = {
                    "SW_HARDENING_NEEDED",
                    "CONFIGURATION_NEEDED",
                    "TD_RELAUNCH_ADVISED",
                    "REVOKED",
                    "NOT_SUPPORTED"
                })
        void coversNoOtherState(TcbStatus status) {
            sample.status = status;
            at(end, policy).refuses(FindingCode.INTEL_TCB_STATUS);
        }

        @Test
        void isNoGraceForWhatHasExpired() {
            sample.validUntil = end.minusSeconds(1);
            at(end, policy).refuses(FindingCode.EVIDENCE_CURRENT);
        }

        @Test
        void lastOneSaidHolds() {
            HardwarePolicy collateral =
                    policy.allowGrace(new Grace.Collateral(30, new Reason("a test")));
            outOfDate();
            at(end, collateral).refuses(FindingCode.INTEL_TCB_STATUS);
        }
    }

    @Nested
    class CollateralGrace {
        private final HardwarePolicy policy =
                SGX.allowGrace(new Grace.Collateral(7, new Reason("we are offline at times")));

        private Appraised at(Instant instant, HardwarePolicy under) {
            return Appraised.of(sample.sgx(), under, new Expectation(sample.reportData), instant);
        }

        @Test
        void endsWithItsLastDay() {
            Instant end = IntelSample.VALID_UNTIL;
            at(end, SGX).accepts();
            at(end.plusSeconds(1), SGX).refuses(FindingCode.EVIDENCE_CURRENT);
            at(end, policy).accepts();
            at(end.plus(Duration.ofDays(7)), policy).accepts(FindingCode.EVIDENCE_CURRENT);
            at(end.plus(Duration.ofDays(7)).plusSeconds(1), policy)
                    .refuses(FindingCode.EVIDENCE_CURRENT);
        }
    }

    @Nested
    class Advisories {
        private final HardwarePolicy policy =
                SGX.demanding(new IntelDemands(1, List.of("INTEL-SA-00615"), List.of()));

        @Test
        void refusesARejectedOneOfThePlatform() {
            sample.platformAdvisories = List.of("INTEL-SA-00001", "INTEL-SA-00615");
            refuses(policy, FindingCode.INTEL_ADVISORIES);
        }

        @Test
        void refusesARejectedOneOfTheQuotingEnclave() {
            sample.qeAdvisories = List.of("INTEL-SA-00615");
            refuses(policy, FindingCode.INTEL_ADVISORIES);
        }

        @Test
        void acceptsOthersAndNamesThem() {
            sample.platformAdvisories = List.of("INTEL-SA-00614");
            accepts(policy);
            assertEquals(
                    "INTEL-SA-00614",
                    Appraised.of(sample.sgx(), policy)
                            .finding(FindingCode.INTEL_ADVISORIES)
                            .actual());
        }
    }

    @Nested
    class EvaluationNumbers {
        private final HardwarePolicy policy =
                SGX.demanding(new IntelDemands(17, List.of(), List.of()));

        @Test
        void refusesOlderTcbInfo() {
            accepts(policy);
            sample.tcbInfoNumber = 16;
            refuses(policy, FindingCode.INTEL_EVALUATION_NUMBER);
        }

        @Test
        void refusesAnyWhereThePolicyNamesNone() {
            HardwarePolicy none = SGX.demanding(IntelDemands.none());
            refuses(none, FindingCode.INTEL_EVALUATION_NUMBER);
            accepts(
                    none.allow(Relaxation.ANY_EVALUATION, "the newest is checked elsewhere"),
                    FindingCode.INTEL_EVALUATION_NUMBER);
        }

        @Test
        void refusesOlderQeIdentity() {
            sample.qeIdentityNumber = 16;
            refuses(policy, FindingCode.INTEL_EVALUATION_NUMBER);
        }
    }

    @Nested
    class MinimumTcb {
        private List<Integer> of(byte[] versions) {
            List<Integer> all = new ArrayList<>();
            for (byte version : versions) {
                all.add(version & 0xff);
            }
            return all;
        }

        private HardwarePolicy demanding(HardwarePolicy policy) {
            return policy.demanding(
                    new IntelDemands(
                            1,
                            List.of(),
                            List.of(
                                    new IntelMinimum(
                                            fill(0x61, 6),
                                            of(new IntelSample().components),
                                            13,
                                            of(new IntelSample().teeTcbSvn)))));
        }

        @Test
        void acceptsExactlyTheLeastVersions() {
            accepts(demanding(SGX));
            Appraised.of(sample.tdx(), demanding(TDX)).accepts();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
        void refusesOneComponentBelow(int component) {
            sample.components[component]--;
            refuses(demanding(SGX), FindingCode.INTEL_MINIMUM_TCB);
            Appraised.of(sample.tdx(), demanding(TDX)).refuses(FindingCode.INTEL_MINIMUM_TCB);
        }

        @Test
        void comparesComponentsAsUnsigned() {
            sample.components[0] = (byte) 0xff;
            accepts(demanding(SGX));
        }

        @Test
        void refusesAnOlderCertificationEnclave() {
            sample.pceSvn = 12;
            refuses(demanding(SGX), FindingCode.INTEL_MINIMUM_TCB);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2})
        void refusesOneTdxComponentBelow(int component) {
            sample.teeTcbSvn[component]--;
            Appraised.of(sample.tdx(), demanding(TDX)).refuses(FindingCode.INTEL_MINIMUM_TCB);
            accepts(demanding(SGX));
        }

        /// The first two are a version: 2.0 is later than 1.5.
        @Test
        void comparesMinorVersionsOfTheModuleWithinAMajorOne() {
            sample.teeTcbSvn[0] = 0;
            sample.teeTcbSvn[1]++;
            Appraised.of(sample.tdx(), demanding(TDX)).accepts();
            sample.teeTcbSvn[1]--;
            Appraised.of(sample.tdx(), demanding(TDX)).refuses(FindingCode.INTEL_MINIMUM_TCB);
            sample.teeTcbSvn[0] = (byte) 0xff;
            sample.teeTcbSvn[1]--;
            Appraised.of(sample.tdx(), demanding(TDX)).refuses(FindingCode.INTEL_MINIMUM_TCB);
        }

        @Test
        void refusesFamiliesThatAreNotListed() {
            sample.fmspc = fill(0x62, 6);
            accepts(SGX);
            refuses(demanding(SGX), FindingCode.INTEL_MINIMUM_TCB);
        }
    }

    @Nested
    class Configuration {
        private void platform(boolean dynamic, boolean cached, boolean smt) {
            sample.platform =
                    Optional.of(new PckExtension.Platform(fill(0x71, 16), dynamic, cached, smt));
        }

        @Test
        void refusesDynamicPlatforms() {
            platform(true, false, false);
            isRelaxedBy(Relaxation.DYNAMIC_PLATFORM, FindingCode.INTEL_DYNAMIC_PLATFORM);
        }

        @Test
        void refusesCachedKeys() {
            platform(false, true, false);
            isRelaxedBy(Relaxation.CACHED_KEYS, FindingCode.INTEL_CACHED_KEYS);
        }

        @Test
        void refusesThreadsThatShareACore() {
            platform(false, false, true);
            isRelaxedBy(Relaxation.SMT, FindingCode.SMT);
        }

        @Test
        void acceptsCertificatesThatDoNotSay() {
            sample.platform = Optional.empty();
            accepts(SGX);
        }
    }

    @Nested
    class Chips {
        private final Chip processor = new Chip.IntelProcessor(fill(0x51, 16));
        private final Chip platform = new Chip.IntelPlatform(fill(0x71, 16));

        @Test
        void acceptsAnyIfNoneIsListedAndSaysSo() {
            assertTrue(
                    Appraised.of(sample.sgx(), SGX)
                            .finding(FindingCode.CHIP_LISTED)
                            .sentence()
                            .contains("lists no chips"));
        }

        @Test
        void acceptsAListedProcessorOrPlatform() {
            accepts(SGX.onChips(List.of(new Chip.IntelProcessor(fill(1, 16)), processor)));
            accepts(SGX.onChips(List.of(platform)));
        }

        @Test
        void refusesAnotherProcessor() {
            sample.ppid = fill(0x52, 16);
            refuses(SGX.onChips(List.of(processor)), FindingCode.CHIP_LISTED);
        }

        @Test
        void refusesAnotherPlatform() {
            sample.platform =
                    Optional.of(new PckExtension.Platform(fill(0x72, 16), false, false, false));
            refuses(SGX.onChips(List.of(platform)), FindingCode.CHIP_LISTED);
        }

        @Test
        void refusesPlatformsWithoutAName() {
            sample.platform = Optional.empty();
            refuses(SGX.onChips(List.of(platform)), FindingCode.CHIP_LISTED);
        }

        @Test
        void oneKindsNameIsNotTheOthers() {
            Bytes ppid = fill(0x51, 16);
            refuses(SGX.onChips(List.of(new Chip.IntelPlatform(ppid))), FindingCode.CHIP_LISTED);
        }

        @Test
        void refusesIntelPartsIfOnlyOthersAreListed() {
            refuses(SGX.onChips(List.of(new Chip.Snp(fill(0x51, 64)))), FindingCode.CHIP_LISTED);
        }
    }

    @Test
    void listsEveryReasonAtOnce() {
        sample.sgxFlags |= 1 << 1;
        sample.mrEnclave = fill(0x13, 32);
        sample.status = TcbStatus.OUT_OF_DATE;
        sample.reportData = fill(0, 64);
        refuses(
                SGX.onChips(List.of(new Chip.Snp(fill(1, 64)))),
                FindingCode.MEASUREMENT,
                FindingCode.DEBUG,
                FindingCode.INTEL_TCB_STATUS,
                FindingCode.CHIP_LISTED,
                FindingCode.REPORT_DATA);
    }
}
