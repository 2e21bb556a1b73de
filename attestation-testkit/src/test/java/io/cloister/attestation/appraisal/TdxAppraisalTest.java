package io.cloister.attestation.appraisal;

import static io.cloister.attestation.appraisal.IntelSample.fill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.testkit.IntelPolicies;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Optional;

/// spec/evidence.md §6 for TDX: each test alters one field of an accepted case.
class TdxAppraisalTest extends AppraisalCase {
    private static final HardwarePolicy POLICY = IntelPolicies.of(List.of(IntelSample.TD));

    private final IntelSample sample = new IntelSample();

    @Override
    Claims claims() {
        return sample.tdx();
    }

    @Override
    HardwarePolicy policy() {
        return POLICY;
    }

    private static HardwarePolicy with(
            Bytes mrConfigId, Bytes mrOwner, Bytes mrOwnerConfig, List<Bytes> mrSeams) {
        return with(mrConfigId, mrOwner, mrOwnerConfig, mrSeams, Registers.none());
    }

    private static HardwarePolicy naming(Register register, long value, long mask) {
        return with(
                fill(0, 48),
                fill(0, 48),
                fill(0, 48),
                List.of(),
                Registers.none().with(register, new RegisterBits(value, mask)));
    }

    private static HardwarePolicy with(
            Bytes mrConfigId,
            Bytes mrOwner,
            Bytes mrOwnerConfig,
            List<Bytes> mrSeams,
            Registers registers) {
        return IntelPolicies.of(
                List.of(
                        new TdxValue(
                                "image",
                                fill(0x21, 48),
                                IntelSample.TD.rtmrs(),
                                mrConfigId,
                                mrOwner,
                                mrOwnerConfig,
                                mrSeams,
                                registers)));
    }

    @Nested
    class ReferenceValues {
        @Test
        void acceptsTheImageItNames() {
            accepts(POLICY);
        }

        @Test
        void refusesAnEnclavesValue() {
            refuses(
                    IntelPolicies.of(
                            List.of(new SgxEnclaveValue("x", fill(0x21, 32), SgxConfig.none()))),
                    FindingCode.REFERENCE_VALUES_PRESENT);
        }

        @Test
        void refusesAnotherImage() {
            sample.mrTd = fill(0x22, 48);
            refuses(POLICY, FindingCode.MEASUREMENT);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2, 3})
        void refusesAnotherRunTimeMeasurement(int rtmr) {
            sample.rtmrs.set(rtmr, fill(0x99, 48));
            refuses(POLICY, FindingCode.MEASUREMENT);
        }

        @Test
        void refusesConfigurationThatTheValueDoesNotName() {
            sample.mrConfigId = fill(1, 48);
            refuses(POLICY, FindingCode.MEASUREMENT);
            accepts(with(fill(1, 48), fill(0, 48), fill(0, 48), List.of()));
        }

        @Test
        void refusesAnOwnerThatTheValueDoesNotName() {
            sample.mrOwner = fill(1, 48);
            refuses(POLICY, FindingCode.MEASUREMENT);
            accepts(with(fill(0, 48), fill(1, 48), fill(0, 48), List.of()));
        }

        @Test
        void refusesAnOwnersConfigurationThatTheValueDoesNotName() {
            sample.mrOwnerConfig = fill(1, 48);
            refuses(POLICY, FindingCode.MEASUREMENT);
            accepts(with(fill(0, 48), fill(0, 48), fill(1, 48), List.of()));
        }

        @Test
        void refusesAnotherModuleThanThoseTheValueNames() {
            List<Bytes> modules = List.of(fill(0x40, 48), fill(0x41, 48));
            HardwarePolicy policy = with(fill(0, 48), fill(0, 48), fill(0, 48), modules);
            accepts(policy);
            sample.mrSeam = fill(0x42, 48);
            refuses(policy, FindingCode.MEASUREMENT);
        }

        @Test
        void saysWhichModuleItIsIfTheValueNamesNone() {
            assertEquals(
                    "mrSeam=" + "41".repeat(48),
                    Appraised.of(claims(), POLICY).finding(FindingCode.LEFT_OPEN).actual());
        }
    }

    @Nested
    class Attributes {
        @Test
        void refusesDebugTds() {
            sample.tdAttributes |= 1;
            isRelaxedBy(Relaxation.DEBUG, FindingCode.DEBUG);
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 26, 32, 61, 62})
        void refusesOtherUntrustedProvisioningAndUnknownAttributesWhateverIsRelaxed(int bit) {
            sample.tdAttributes |= 1L << bit;
            refuses(POLICY.allow(Relaxation.DEBUG, "a test"), FindingCode.TDX_ATTRIBUTES);
        }

        @Test
        void refusesMigratableTds() {
            sample.tdAttributes |= 1L << 29;
            isRelaxedBy(Relaxation.MIGRATION, FindingCode.MIGRATION);
        }

        @Test
        void refusesTdsIntoWhichTheHostInjectsExceptions() {
            sample.tdAttributes = 0;
            isRelaxedBy(Relaxation.SEPT_VE, FindingCode.TDX_SEPT_VE_DISABLE);
        }

        @Test
        void refusesKeyLocker() {
            sample.tdAttributes |= 1L << 31;
            isRelaxedBy(Relaxation.KEY_LOCKER, FindingCode.TDX_KEY_LOCKER);
        }

        @Test
        void refusesSupervisorProtectionKeys() {
            sample.tdAttributes |= 1L << 30;
            isRelaxedBy(Relaxation.PROTECTION_KEYS, FindingCode.TDX_PROTECTION_KEYS);
        }

        @Test
        void refusesPerformanceCounters() {
            sample.tdAttributes |= 1L << 63;
            isRelaxedBy(Relaxation.PERFORMANCE_COUNTERS, FindingCode.TDX_PERFORMANCE_COUNTERS);
        }

        @Test
        void acceptsSeparatedAddressSpaces() {
            sample.tdAttributes |= 1L << 27;
            accepts(POLICY);
        }

        @Test
        void refusesOtherAttributesThanTheValueNames() {
            HardwarePolicy naming = naming(Register.TD_ATTRIBUTES, 1L << 27, 1L << 27);
            refuses(naming, FindingCode.TDX_ATTRIBUTES);
            sample.tdAttributes |= 1L << 27;
            accepts(naming);
            accepts(naming(Register.TD_ATTRIBUTES, sample.tdAttributes, ~0L));
        }

        @Test
        void aNameForPerformanceCountersDoesNotAllowThem() {
            sample.tdAttributes |= 1L << 63;
            refuses(
                    naming(Register.TD_ATTRIBUTES, sample.tdAttributes, ~0L),
                    FindingCode.TDX_PERFORMANCE_COUNTERS);
        }
    }

    @Nested
    class ProcessorState {
        @ParameterizedTest
        @ValueSource(longs = {0x3, 0xe7, 0x600e7, 0x618e7, 0x642e7, 0x61ae7})
        void acceptsWhatIsOrdinary(long xfam) {
            sample.tdXfam = xfam;
            accepts(POLICY);
            accepts(naming(Register.TD_XFAM, xfam, ~0L));
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        void refusesTheLackOfX87AndSseWhateverIsRelaxed(int bit) {
            sample.tdXfam &= ~(1L << bit);
            refuses(POLICY.allow(Relaxation.XFAM, "a test"), FindingCode.TDX_XFAM);
        }

        @ParameterizedTest
        @ValueSource(ints = {8, 15, 19})
        void refusesTracingAndWhatElseTheValueDoesNotName(int bit) {
            sample.tdXfam |= 1L << bit;
            isRelaxedBy(Relaxation.XFAM, FindingCode.TDX_XFAM);
            accepts(naming(Register.TD_XFAM, 1L << bit, 1L << bit));
        }

        @ParameterizedTest
        @ValueSource(ints = {3, 4, 10, 13, 16, 20, 62, 63})
        void refusesWhatHasNoMeaningWhateverIsRelaxed(int bit) {
            sample.tdXfam |= 1L << bit;
            refuses(POLICY.allow(Relaxation.XFAM, "a test"), FindingCode.TDX_XFAM);
        }

        @ParameterizedTest
        @ValueSource(longs = {0x600e7, 0x642e7})
        void refusesAnotherStateThanTheValueNames(long xfam) {
            HardwarePolicy naming = naming(Register.TD_XFAM, 0x602e7, ~0L);
            accepts(naming);
            sample.tdXfam = xfam;
            refuses(naming.allow(Relaxation.XFAM, "a test"), FindingCode.TDX_XFAM);
        }
    }

    @Nested
    class NarrowedByTheProposal {
        @Test
        void namesAllThatWasMeasured() {
            String text = sample.tdx().measurementText();
            var expected = new Expectation(sample.reportData, Narrowing.ofProposal(List.of(text)));
            assertTrue(POLICY.values().getFirst().sentence().contains(text));
            Appraised.of(sample.tdx(), POLICY, expected, Appraised.NOW).accepts();
            sample.rtmrs.set(3, fill(1, 48));
            Appraised.of(sample.tdx(), POLICY, expected, Appraised.NOW)
                    .refuses(FindingCode.MEASUREMENT, FindingCode.MEASUREMENT_NARROWED);
        }
    }

    @Nested
    class ServiceTds {
        @Test
        void refusesTdsThatHaveOne() {
            sample.mrServiceTd = Optional.of(fill(1, 48));
            isRelaxedBy(Relaxation.SERVICE_TD, FindingCode.TDX_SERVICE_TD);
        }

        @Test
        void acceptsReportsThatCanNotNameThem() {
            sample.mrServiceTd = Optional.empty();
            accepts(POLICY);
        }
    }
}
