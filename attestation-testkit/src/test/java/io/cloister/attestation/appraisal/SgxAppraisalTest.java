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

/// spec/evidence.md §6 for SGX: each test alters one field of an accepted case.
class SgxAppraisalTest extends AppraisalCase {
    private static final HardwarePolicy EXACT = IntelPolicies.of(List.of(IntelSample.ENCLAVE));
    private static final HardwarePolicy SIGNER = signer(SgxConfig.none());

    private final IntelSample sample = new IntelSample();

    private static HardwarePolicy signer(SgxConfig config) {
        return IntelPolicies.of(
                List.of(
                        new SgxSignerValue(
                                "signed", fill(0x12, 32), 7, 3, fill(0, 16), fill(0, 16), config)));
    }

    @Override
    Claims claims() {
        return sample.sgx();
    }

    @Override
    HardwarePolicy policy() {
        return EXACT;
    }

    /// The same enclave, in which the host must have set this register so.
    private static HardwarePolicy naming(Register register, long value, long mask) {
        return naming(Registers.none().with(register, new RegisterBits(value, mask)));
    }

    private static HardwarePolicy naming(Registers registers) {
        return IntelPolicies.of(
                List.of(new SgxEnclaveValue("agent", fill(0x11, 32), SgxConfig.with(registers))));
    }

    @Nested
    class ReferenceValues {
        @Test
        void acceptsTheEnclaveItNames() {
            accepts(EXACT);
        }

        @Test
        void acceptsWhatTheSignerSigned() {
            accepts(SIGNER);
        }

        @Test
        void refusesEverythingIfThereAreNone() {
            refuses(IntelPolicies.of(List.of()), FindingCode.REFERENCE_VALUES_PRESENT);
        }

        @Test
        void refusesEverythingIfThereAreNoneOfThisKind() {
            refuses(
                    IntelPolicies.of(List.of(SnpGuestValue.of("guest", fill(0x11, 48)))),
                    FindingCode.REFERENCE_VALUES_PRESENT);
        }

        @Test
        void refusesAnotherEnclaveAndNamesWhatDiffers() {
            sample.mrEnclave = fill(0x13, 32);
            refuses(EXACT, FindingCode.MEASUREMENT);
            assertTrue(
                    Appraised.of(sample.sgx(), EXACT)
                            .finding(FindingCode.MEASUREMENT)
                            .sentence()
                            .endsWith("\"agent\" differs in mrEnclave"));
        }

        @Test
        void acceptsOneOfSeveral() {
            accepts(
                    IntelPolicies.of(
                            List.of(
                                    new SgxEnclaveValue("x", fill(0x99, 32), SgxConfig.none()),
                                    EXACT.values().getFirst())));
        }

        @Test
        void refusesConfigurationThatTheValueDoesNotName() {
            sample.configId = fill(1, 64);
            refuses(EXACT, FindingCode.MEASUREMENT);
            refuses(SIGNER, FindingCode.MEASUREMENT);
        }

        @Test
        void acceptsConfigurationThatTheValueNames() {
            sample.configId = fill(1, 64);
            sample.configSvn = 4;
            accepts(signer(new SgxConfig(fill(1, 64), 4, Registers.none())));
        }

        @Test
        void refusesAnOlderConfiguration() {
            sample.configId = fill(1, 64);
            sample.configSvn = 3;
            refuses(
                    signer(new SgxConfig(fill(1, 64), 4, Registers.none())),
                    FindingCode.MEASUREMENT);
        }

        @Test
        void refusesAnotherSigner() {
            sample.mrSigner = fill(0x13, 32);
            refuses(SIGNER, FindingCode.MEASUREMENT);
        }

        @Test
        void refusesAnotherProductOfTheSigner() {
            sample.isvProdId = 8;
            refuses(SIGNER, FindingCode.MEASUREMENT);
        }

        @Test
        void refusesAnOlderVersion() {
            sample.isvSvn = 2;
            refuses(SIGNER, FindingCode.MEASUREMENT);
        }

        @Test
        void acceptsANewerVersion() {
            sample.isvSvn = 4;
            accepts(SIGNER);
        }

        @Test
        void refusesAnotherProductFamilyOrExtendedProduct() {
            sample.isvFamilyId = fill(1, 16);
            refuses(SIGNER, FindingCode.MEASUREMENT);
            sample.isvFamilyId = fill(0, 16);
            sample.isvExtProdId = fill(1, 16);
            refuses(SIGNER, FindingCode.MEASUREMENT);
        }
    }

    @Nested
    class ReportData {
        @Test
        void refusesEvidenceAboutSomethingElse() {
            byte[] other = sample.reportData.toArray();
            other[63] ^= 1;
            sample.reportData = Bytes.copyOf(other);
            refuses(EXACT, FindingCode.REPORT_DATA);
        }
    }

    @Nested
    class NarrowedByTheProposal {
        private void refusesUnder(String measurement, FindingCode... codes) {
            Appraised.of(sample.sgx(), EXACT, expecting(measurement), Appraised.NOW).refuses(codes);
        }

        private Expectation expecting(String measurement) {
            return new Expectation(sample.reportData, Narrowing.ofProposal(List.of(measurement)));
        }

        @Test
        void acceptsTheEnclaveItNames() {
            Appraised.of(sample.sgx(), EXACT, expecting("sgx:" + "11".repeat(32)), Appraised.NOW)
                    .accepts();
        }

        @Test
        void refusesAnother() {
            refusesUnder("sgx:" + "12".repeat(32), FindingCode.MEASUREMENT_NARROWED);
        }

        @Test
        void refusesTheSameDigitsUnderAnotherKind() {
            refusesUnder("tdx:" + "11".repeat(32), FindingCode.MEASUREMENT_NARROWED);
        }

        @Test
        void neverWidens() {
            sample.mrEnclave = fill(0x13, 32);
            refusesUnder("sgx:" + "13".repeat(32), FindingCode.MEASUREMENT);
        }
    }

    @Nested
    class Attributes {
        @Test
        void refusesDebugEnclaves() {
            sample.sgxFlags |= 1 << 1;
            isRelaxedBy(Relaxation.DEBUG, FindingCode.DEBUG);
        }

        @Test
        void refusesEnclavesWithTheProvisionKey() {
            sample.sgxFlags |= 1 << 4;
            isRelaxedBy(Relaxation.PROVISION_KEY, FindingCode.SGX_PROVISION_KEY);
        }

        @ParameterizedTest
        @ValueSource(ints = {5, 3, 8, 9, 11, 63})
        void refusesTheLaunchTokenKeyAndUnknownAttributes(int bit) {
            sample.sgxFlags |= 1L << bit;
            refuses(EXACT, FindingCode.SGX_ATTRIBUTES);
            refuses(EXACT.allow(Relaxation.SGX_ATTRIBUTES, "a test"), FindingCode.SGX_ATTRIBUTES);
        }

        @Test
        void refusesEnclavesWhoseCodeIsReadAs32Bit() {
            sample.sgxFlags &= ~4;
            refuses(EXACT, FindingCode.SGX_ATTRIBUTES);
        }

        @Test
        void refusesEnclavesThatAreNotInitialised() {
            sample.sgxFlags &= ~1;
            refuses(EXACT, FindingCode.SGX_ATTRIBUTES);
        }

        @Test
        void acceptsKeySeparation() {
            sample.sgxFlags |= 1 << 7;
            accepts(EXACT);
        }

        @ParameterizedTest
        @ValueSource(ints = {6, 10})
        void refusesControlFlowAndExitAttributesThatTheValueDoesNotName(int bit) {
            sample.sgxFlags |= 1L << bit;
            isRelaxedBy(Relaxation.SGX_ATTRIBUTES, FindingCode.SGX_ATTRIBUTES);
            accepts(naming(Register.SGX_ATTRIBUTES, 1L << bit, 1L << bit));
        }

        @ParameterizedTest
        @ValueSource(ints = {6, 7, 10})
        void refusesTheLackOfAProtectionThatTheValueNames(int bit) {
            HardwarePolicy naming = naming(Register.SGX_ATTRIBUTES, 1L << bit, 1L << bit);
            refuses(naming, FindingCode.SGX_ATTRIBUTES);
            refuses(naming.allow(Relaxation.SGX_ATTRIBUTES, "a test"), FindingCode.SGX_ATTRIBUTES);
            sample.sgxFlags |= 1L << bit;
            accepts(naming);
        }

        @Test
        void aNameForDebugDoesNotAllowIt() {
            sample.sgxFlags |= 1 << 1;
            refuses(naming(Register.SGX_ATTRIBUTES, 7, 7), FindingCode.DEBUG);
        }
    }

    @Nested
    class MiscSelect {
        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        void refusesWhatTheValueDoesNotName(int bit) {
            sample.sgxMiscSelect = 1L << bit;
            isRelaxedBy(Relaxation.MISC_SELECT, FindingCode.SGX_MISC_SELECT);
            accepts(naming(Register.SGX_MISC_SELECT, 1L << bit, 1L << bit));
        }

        @ParameterizedTest
        @ValueSource(ints = {2, 31})
        void refusesWhatHasNoMeaningWhateverIsRelaxed(int bit) {
            sample.sgxMiscSelect = 1L << bit;
            refuses(EXACT.allow(Relaxation.MISC_SELECT, "a test"), FindingCode.SGX_MISC_SELECT);
        }

        @Test
        void refusesTheLackOfWhatTheValueNames() {
            refuses(naming(Register.SGX_MISC_SELECT, 1, 1), FindingCode.SGX_MISC_SELECT);
        }
    }

    @Nested
    class ProcessorState {
        @ParameterizedTest
        @ValueSource(longs = {0x3, 0x7, 0xe7, 0x600e7})
        void acceptsWhatIsOrdinary(long xfrm) {
            sample.sgxXfrm = xfrm;
            accepts(EXACT);
            accepts(naming(Register.SGX_XFRM, xfrm, ~0L));
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        void refusesTheLackOfX87AndSseWhateverIsRelaxed(int bit) {
            sample.sgxXfrm &= ~(1L << bit);
            refuses(EXACT.allow(Relaxation.XFRM, "a test"), FindingCode.SGX_XFRM);
        }

        @ParameterizedTest
        @ValueSource(ints = {3, 4, 9, 11, 12, 19})
        void refusesWhatTheValueDoesNotName(int bit) {
            sample.sgxXfrm |= 1L << bit;
            isRelaxedBy(Relaxation.XFRM, FindingCode.SGX_XFRM);
            accepts(naming(Register.SGX_XFRM, 1L << bit, 1L << bit));
            accepts(naming(Register.SGX_XFRM, sample.sgxXfrm, ~0L));
        }

        @ParameterizedTest
        @ValueSource(ints = {8, 10, 13, 14, 15, 16, 20, 62, 63})
        void refusesWhatHasNoMeaningWhateverIsRelaxed(int bit) {
            sample.sgxXfrm |= 1L << bit;
            refuses(EXACT.allow(Relaxation.XFRM, "a test"), FindingCode.SGX_XFRM);
        }

        @ParameterizedTest
        @ValueSource(longs = {0x7, 0x600e7})
        void refusesAnotherStateThanTheValueNames(long xfrm) {
            HardwarePolicy naming = naming(Register.SGX_XFRM, 0xe7, ~0L);
            accepts(naming);
            sample.sgxXfrm = xfrm;
            refuses(naming.allow(Relaxation.XFRM, "a test"), FindingCode.SGX_XFRM);
            accepts(EXACT);
        }

        @Test
        void judgesBitsOutsideOfTheMaskAsIfTheValueNamedNothing() {
            sample.sgxXfrm |= 1 << 9;
            refuses(naming(Register.SGX_XFRM, 0xe7, 0xff), FindingCode.SGX_XFRM);
        }

        /// Two values for one enclave: the one that is met counts, in whichever place it stands.
        @Test
        void acceptsOneOfTwoValuesForOneEnclave() {
            sample.sgxXfrm |= 1 << 9;
            HardwareValue other = EXACT.values().getFirst();
            HardwareValue met = naming(Register.SGX_XFRM, 1 << 9, 1 << 9).values().getFirst();
            accepts(IntelPolicies.of(List.of(other, met)));
            accepts(IntelPolicies.of(List.of(met, other)));
            sample.mrEnclave = fill(0x12, 32);
            refuses(IntelPolicies.of(List.of(other, met)), FindingCode.MEASUREMENT);
        }

        @Test
        void saysWhatIsExpectedAndFoundByName() {
            sample.sgxXfrm |= 1 << 9;
            var finding = Appraised.of(claims(), EXACT).finding(FindingCode.SGX_XFRM);
            assertEquals("x87, SSE, and at most AVX, AVX-512, AMX", finding.expected());
            assertEquals("0x2e7 (x87, SSE, AVX, AVX-512, PKRU)", finding.actual());
            assertEquals(
                    "XFRM has PKRU, which the reference value doesn't name", finding.sentence());
        }
    }

    @Nested
    class LeftOpen {
        @Test
        void saysWhoSignedAnEnclaveThatIsAcceptedForItsContent() {
            assertEquals(
                    "mrSigner="
                            + "12".repeat(32)
                            + ", isvProdId=7, isvSvn=3, isvFamilyId="
                            + "0".repeat(32)
                            + ", isvExtProdId="
                            + "0".repeat(32),
                    leftOpen(EXACT));
        }

        @Test
        void saysWhatAnEnclaveConsistsOfThatIsAcceptedForItsSigner() {
            assertEquals("mrEnclave=" + "11".repeat(32), leftOpen(SIGNER));
        }

        private String leftOpen(HardwarePolicy policy) {
            return Appraised.of(claims(), policy).finding(FindingCode.LEFT_OPEN).actual();
        }
    }
}
