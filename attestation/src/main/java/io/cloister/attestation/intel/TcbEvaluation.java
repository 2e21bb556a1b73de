package io.cloister.attestation.intel;

import io.cloister.protocol.Bytes;

import java.util.List;
import java.util.Optional;

/// Intel's algorithm that rates a platform (PCS, "Get TCB Info", and Intel's quote verification
/// library): pure comparison of what is already known to be authentic. One difference: a platform
/// whose SGX level is revoked is `Revoked` for a TD too, even if a lower level of TDX is not.
final class TcbEvaluation {
    private final TcbInfo info;
    private final QeIdentity identity;
    private final PckExtension pck;

    TcbEvaluation(TcbInfo info, QeIdentity identity, PckExtension pck) {
        this.info = info;
        this.identity = identity;
        this.pck = pck;
    }

    IntelTcb ofEnclave(SgxReport qe) {
        Optional<TcbLevel> sgx = sgxLevel();
        Optional<IsvLevel> qeLevel = IsvLevel.of(identity.levels(), qe.isvSvn());
        TcbStatus status =
                sgx.map(TcbLevel::status).orElse(TcbStatus.NOT_SUPPORTED).with(statusOf(qeLevel));
        return result(TeeType.SGX, status, sgx, Optional.empty(), Optional.empty(), qeLevel);
    }

    /// The rating of a TD.
    ///
    /// @param module that of the TD's TEE_TCB_SVN
    IntelTcb ofTd(TdReport td, TdxModule module, SgxReport qe) {
        Optional<TcbLevel> sgx = sgxLevel();
        Optional<TcbLevel> tdx = tdxLevel(td);
        Optional<IsvLevel> qeLevel = IsvLevel.of(identity.levels(), qe.isvSvn());
        Optional<IsvLevel> moduleLevel = IsvLevel.of(module.levels(), minorVersion(td.teeTcbSvn()));
        TcbStatus moduleStatus =
                majorVersion(td.teeTcbSvn()) == 0 ? TcbStatus.UP_TO_DATE : statusOf(moduleLevel);
        TcbStatus sgxStatus = sgx.map(TcbLevel::status).orElse(TcbStatus.NOT_SUPPORTED);
        TcbStatus tdxStatus =
                tdx.map(TcbLevel::status).orElse(TcbStatus.NOT_SUPPORTED).with(moduleStatus);
        if (wouldRelaunchHelp(td, sgxStatus, tdxStatus, moduleStatus, statusOf(qeLevel))) {
            tdxStatus =
                    sgxStatus.needsConfiguration() || tdxStatus.needsConfiguration()
                            ? TcbStatus.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
                            : TcbStatus.TD_RELAUNCH_ADVISED;
        }
        TcbStatus status = tdxStatus.with(statusOf(qeLevel));
        return result(
                TeeType.TDX,
                sgxStatus == TcbStatus.REVOKED ? TcbStatus.REVOKED : status,
                sgx,
                tdx,
                moduleLevel.map(level -> IntelTcb.Level.of(module.id(), level)),
                qeLevel);
    }

    private IntelTcb result(
            TeeType kind,
            TcbStatus status,
            Optional<TcbLevel> sgx,
            Optional<TcbLevel> tdx,
            Optional<IntelTcb.Level> module,
            Optional<IsvLevel> qe) {
        return new IntelTcb(
                kind,
                status,
                sgx.map(level -> IntelTcb.Level.of("SGX", level)),
                tdx.map(level -> IntelTcb.Level.of("TDX", level)),
                module,
                qe.map(level -> IntelTcb.Level.of(identity.id().name(), level)),
                new IntelTcb.Source(
                        info.version(),
                        info.evaluationNumber(),
                        info.issueDate(),
                        info.nextUpdate()),
                new IntelTcb.Source(
                        QeIdentity.VERSION,
                        identity.evaluationNumber(),
                        identity.issueDate(),
                        identity.nextUpdate()));
    }

    /// The platform's versions are those its certificate names: the report's CPUSVN is of the same
    /// processor, but Intel rates the certified ones.
    private Optional<TcbLevel> sgxLevel() {
        return info.levels().stream().filter(this::reachesSgx).findFirst();
    }

    private Optional<TcbLevel> tdxLevel(TdReport td) {
        return info.levels().stream()
                .filter(level -> reachesSgx(level) && level.isReachedByTdx(td.teeTcbSvn()))
                .findFirst();
    }

    private boolean reachesSgx(TcbLevel level) {
        return level.isReachedBySgx(pck.components(), pck.pceSvn());
    }

    private boolean wouldRelaunchHelp(
            TdReport td, TcbStatus sgx, TcbStatus tdx, TcbStatus module, TcbStatus qe) {
        return qe == TcbStatus.UP_TO_DATE
                && isCurrent(sgx)
                && isOutOfDate(tdx)
                && module == TcbStatus.OUT_OF_DATE
                && td.extension()
                        .map(extension -> runsNewest(extension.teeTcbSvn2()))
                        .orElse(false);
    }

    /// Whether the TDX module that runs now is of the newest level, as the platform is.
    private boolean runsNewest(Bytes teeTcbSvn2) {
        List<Integer> newest = info.levels().getFirst().tdxComponents();
        int major = majorVersion(teeTcbSvn2);
        Optional<Integer> least =
                major == 0
                        ? Optional.of(newest.getFirst())
                        : info.module(major).map(module -> module.levels().getFirst().isvSvn());
        return least.isPresent()
                && minorVersion(teeTcbSvn2) >= least.get()
                && (teeTcbSvn2.at(2) & 0xff) >= newest.get(2);
    }

    private static boolean isCurrent(TcbStatus status) {
        return switch (status) {
            case UP_TO_DATE,
                    SW_HARDENING_NEEDED,
                    CONFIGURATION_NEEDED,
                    CONFIGURATION_AND_SW_HARDENING_NEEDED ->
                    true;
            case OUT_OF_DATE,
                    OUT_OF_DATE_CONFIGURATION_NEEDED,
                    TD_RELAUNCH_ADVISED,
                    TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
                    REVOKED,
                    NOT_SUPPORTED ->
                    false;
        };
    }

    private static boolean isOutOfDate(TcbStatus status) {
        return status == TcbStatus.OUT_OF_DATE
                || status == TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED;
    }

    private static TcbStatus statusOf(Optional<IsvLevel> level) {
        return level.map(IsvLevel::status).orElse(TcbStatus.NOT_SUPPORTED);
    }

    static int majorVersion(Bytes teeTcbSvn) {
        return teeTcbSvn.at(1) & 0xff;
    }

    private static int minorVersion(Bytes teeTcbSvn) {
        return teeTcbSvn.at(0) & 0xff;
    }
}
