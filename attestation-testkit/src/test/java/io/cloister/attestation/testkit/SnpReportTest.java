package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpCpu;
import io.cloister.attestation.amd.SnpFirmware;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.amd.TcbVersion;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/// How a report is read, and what is refused of it, each time one field of one that is read.
class SnpReportTest {
    @Test
    void readsEveryField() throws MalformedException {
        FakeSnpReport made = report(5);
        made.u64(0x08, 0x3ff_01_1fL).u32(0x30, 3).u32(0x48, 1 | (1 << 2)).u64(0x40, 0xbf);
        made.put(0x38, tcb(1)).put(0x180, tcb(2)).put(0x1e0, tcb(3)).put(0x1f0, tcb(4));
        made.u8(0x1e8, 7).u8(0x1e9, 8).u8(0x1ea, 9).u8(0x1ec, 4).u8(0x1ed, 5).u8(0x1ee, 6);
        SnpReport report = SnpReport.parse(made.bytes());

        assertEquals(5, report.version());
        assertEquals(3, report.guestSvn());
        assertEquals(0x1f, report.policy().abiMinor());
        assertEquals(1, report.policy().abiMajor());
        assertTrue(report.policy().smtAllowed());
        assertTrue(report.policy().migrationAgentAllowed());
        assertTrue(report.policy().debugAllowed());
        assertTrue(report.policy().singleSocketRequired());
        assertTrue(report.policy().cxlAllowed());
        assertTrue(report.policy().aes256XtsRequired());
        assertTrue(report.policy().powerLimitsOffRequired());
        assertTrue(report.policy().ciphertextHidingRequired());
        assertTrue(report.policy().pageSwapForbidden());
        assertEquals("11".repeat(16), report.familyId().hex());
        assertEquals("12".repeat(16), report.imageId().hex());
        assertEquals(3, report.vmpl());
        assertEquals(tcb(1), report.currentTcb().raw());
        assertTrue(report.platformInfo().smt());
        assertTrue(report.platformInfo().tsme());
        assertTrue(report.platformInfo().ecc());
        assertTrue(report.platformInfo().powerLimitsOff());
        assertTrue(report.platformInfo().ciphertextHiding());
        assertTrue(report.platformInfo().aliasCheckComplete());
        assertTrue(report.platformInfo().trustedIo());
        assertEquals(SigningKey.VLEK, report.signingKey());
        assertTrue(report.authorKeyPresent());
        assertFalse(report.chipKeyMasked());
        assertEquals("21".repeat(64), report.reportData().hex());
        assertEquals("22".repeat(48), report.measurement().hex());
        assertEquals("23".repeat(32), report.hostData().hex());
        assertEquals("24".repeat(48), report.idKeyDigest().hex());
        assertEquals("25".repeat(48), report.authorKeyDigest().hex());
        assertEquals("26".repeat(32), report.reportId().hex());
        assertEquals("ff".repeat(32), report.migrationAgentReportId().hex());
        assertEquals(tcb(2), report.reportedTcb().raw());
        assertEquals(Optional.of(new SnpCpu(0x19, 1, 1)), report.cpu());
        assertEquals("40".repeat(64), report.chipId().hex());
        assertEquals(tcb(3), report.committedTcb().raw());
        assertEquals(new SnpFirmware(9, 8, 7), report.current());
        assertEquals(new SnpFirmware(6, 5, 4), report.committed());
        assertEquals(tcb(4), report.launchTcb().raw());
        assertEquals(OptionalLong.of(3), report.launchMitigations());
        assertEquals(OptionalLong.of(7), report.currentMitigations());
        assertEquals(0x2a0, report.signedBytes().length());
        assertTrue(report.hasProvisionalFirmware());
    }

    @Test
    void turnsTheSignatureAround() throws MalformedException {
        var raw = new byte[96];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = (byte) i;
        }
        Bytes signature = Bytes.copyOf(raw);
        assertEquals(
                signature, SnpReport.parse(report(2).signature(signature).bytes()).signature());
    }

    @Test
    void comparesTcbVersionsPartByPart() {
        var low = new TcbVersion(Bytes.copyOf(new byte[] {1, 0, 0, 0, 0, 0, 9, (byte) 200}));
        var high = new TcbVersion(Bytes.copyOf(new byte[] {2, 0, 0, 0, 0, 0, 9, (byte) 201}));
        var other = new TcbVersion(Bytes.copyOf(new byte[] {3, 0, 0, 0, 0, 0, 8, (byte) 201}));
        assertTrue(high.isAtLeast(low));
        assertTrue(high.isAtLeast(high));
        assertFalse(low.isAtLeast(high));
        assertFalse(other.isAtLeast(high));
        assertFalse(high.isAtLeast(other));
        assertEquals("bootloader 1, tee 0, snp 9, microcode 200", low.text(SnpProduct.MILAN));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1183, 1185})
    void refusesAnotherLength(int length) {
        assertEquals(
                "report",
                assertThrows(
                                MalformedException.class,
                                () -> SnpReport.parse(Bytes.copyOf(new byte[length])))
                        .path());
    }

    @ParameterizedTest
    @CsvSource({
        "version, 0x00, 1",
        "version, 0x00, 6",
        "version, 0x03, 1",
        "policy, 0x0a, 0x01",
        "policy, 0x0b, 0x04",
        "policy, 0x0f, 0x80",
        "vmpl, 0x30, 4",
        "vmpl, 0x33, 1",
        "signatureAlgorithm, 0x34, 0",
        "signatureAlgorithm, 0x34, 2",
        "platformInfo, 0x40, 0x40",
        "platformInfo, 0x41, 1",
        "flags, 0x48, 0x20",
        "flags, 0x48, 0x08",
        "flags, 0x48, 0x18",
        "flags, 0x4b, 1",
        "reservedAfterFlags, 0x4c, 1",
        "reservedAfterFlags, 0x4f, 1",
        "currentReserved, 0x1eb, 1",
        "committedReserved, 0x1ef, 1",
        "reservedBeforeSignature, 0x29f, 1",
        "signatureRHigh, 0x2d0, 1",
        "signatureRHigh, 0x2e7, 1",
        "signatureSHigh, 0x318, 1",
        "signatureSHigh, 0x32f, 1",
        "signatureReserved, 0x330, 1",
        "signatureReserved, 0x49f, 1"
    })
    void refusesWhatEveryVersionReserves(String field, String offset, String value) {
        for (int version = 2; version <= 5; version++) {
            refuses(report(version), field, offset, value);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2, reservedAfterReportedTcb, 0x188",
        "2, reservedAfterReportedTcb, 0x19f",
        "3, reservedAfterStepping, 0x18b",
        "5, reservedAfterStepping, 0x19f",
        "2, reservedBeforeSignature, 0x1f8",
        "4, reservedBeforeSignature, 0x1f8",
        "4, reservedBeforeSignature, 0x207",
        "5, reservedBeforeSignature, 0x208"
    })
    void refusesWhatItsVersionReserves(int version, String field, String offset) {
        refuses(report(version), field, offset, "1");
    }

    private static void refuses(FakeSnpReport report, String field, String offset, String value) {
        report.u8(Integer.decode(offset), Integer.decode(value));
        assertEquals(
                "report." + field,
                assertThrows(MalformedException.class, () -> SnpReport.parse(report.bytes()))
                        .path());
    }

    private static FakeSnpReport report(int version) {
        return new FakeSnpReport(
                SnpProduct.MILAN, SigningKey.VCEK, version, tcb(1), filled(64, 0x40));
    }

    private static Bytes tcb(int value) {
        return Bytes.copyOf(new byte[] {(byte) value, 0, 0, 0, 0, 0, 8, 115});
    }

    private static Bytes filled(int length, int value) {
        var bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return Bytes.copyOf(bytes);
    }
}
