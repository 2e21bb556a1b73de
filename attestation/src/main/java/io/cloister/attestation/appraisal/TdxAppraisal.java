package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.TdAttributes;
import io.cloister.attestation.intel.TdReport;

import java.util.List;
import java.util.Optional;

/// The checks of a TD (spec/evidence.md §6.3, §6.5, §6.9, §6.13).
final class TdxAppraisal {
    private static final long DEBUG = 1;

    private TdxAppraisal() {}

    static void appraise(Claims.Tdx claims, PolicyChecks checks) {
        TdReport td = claims.td();
        checks.kind(EvidenceKind.TDX);
        Optional<TdxValue> value =
                checks.referenceValue(
                        TdxValue.class,
                        one -> differences(one, td),
                        one -> registers(one.registers(), td));
        attributes(td.attributes(), checks);
        registers(value.map(TdxValue::registers).orElseGet(Registers::none), td)
                .forEach(register -> register.judge(checks));
        serviceTd(td, checks);
        value.filter(one -> one.mrSeams().isEmpty())
                .ifPresent(_ ->
                        checks.leftOpen(
                                "the reference value names no TDX modules and leaves them to"
                                        + " Intel's rating",
                                "mrSeam=" + td.mrSeam().hex()));
        new IntelAppraisal(checks, claims.platform(), claims.tcb())
                .appraise(Optional.of(td.teeTcbSvn()));
    }

    private static void attributes(TdAttributes attributes, PolicyChecks checks) {
        checks.unless(
                Relaxation.DEBUG,
                FindingCode.DEBUG,
                (attributes.bits() & DEBUG) != 0,
                "the TD can't be looked into by a debugger",
                "the TD can be looked into by a debugger",
                "debug");
        checks.unless(
                Relaxation.MIGRATION,
                FindingCode.MIGRATION,
                attributes.migratable(),
                "nothing can move the TD to another platform",
                "a migration TD can move the TD to another platform",
                "migratable");
        checks.unless(
                Relaxation.SEPT_VE,
                FindingCode.TDX_SEPT_VE_DISABLE,
                !attributes.septVeDisable(),
                "the host can't inject #VE into the TD",
                "the host can inject #VE into the TD",
                "septVe");
        checks.unless(
                Relaxation.KEY_LOCKER,
                FindingCode.TDX_KEY_LOCKER,
                attributes.keyLocker(),
                "the TD may not use Key Locker",
                "the TD may use Key Locker",
                "keyLocker");
        checks.unless(
                Relaxation.PROTECTION_KEYS,
                FindingCode.TDX_PROTECTION_KEYS,
                attributes.protectionKeys(),
                "the TD may not use supervisor protection keys",
                "the TD may use supervisor protection keys",
                "protectionKeys");
        checks.unless(
                Relaxation.PERFORMANCE_COUNTERS,
                FindingCode.TDX_PERFORMANCE_COUNTERS,
                attributes.performanceCounters(),
                "the TD may not use the performance counters",
                "the TD may use the performance counters",
                "performanceCounters");
    }

    private static List<RegisterCheck> registers(Registers registers, TdReport td) {
        return List.of(
                registers.check(Register.TD_ATTRIBUTES, td.attributes().bits()),
                registers.check(Register.TD_XFAM, td.xfam()));
    }

    private static void serviceTd(TdReport td, PolicyChecks checks) {
        checks.unless(
                Relaxation.SERVICE_TD,
                FindingCode.TDX_SERVICE_TD,
                td.extension()
                        .map(extension -> !HexMember.isZero(extension.mrServiceTd()))
                        .orElse(false),
                td.extension().isPresent()
                        ? "no service TD is bound to the TD"
                        : "a TD 1.0 report names no service TDs: there is but the migration TD,"
                                + " which MIGRATABLE rules out",
                "a service TD is bound to the TD",
                "serviceTd");
    }

    private static Differences differences(TdxValue value, TdReport td) {
        var differences = new Differences().equal("mrTd", value.mrTd(), td.mrTd());
        for (int i = 0; i < TdxValue.RTMRS; i++) {
            differences.equal("rtmr" + i, value.rtmrs().get(i), td.rtmrs().get(i));
        }
        differences
                .equal("mrConfigId", value.mrConfigId(), td.mrConfigId())
                .equal("mrOwner", value.mrOwner(), td.mrOwner())
                .equal("mrOwnerConfig", value.mrOwnerConfig(), td.mrOwnerConfig());
        return value.mrSeams().isEmpty()
                ? differences
                : differences.oneOf("mrSeam", value.mrSeams(), td.mrSeam());
    }
}
