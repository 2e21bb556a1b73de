package io.cloister.attestation.intel;

import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.pki.Certificate;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What Intel's TCB info and QE identity say of a quote. Where several fit the quote, the one of
/// the newest evaluation that is authentic and counts now is used.
final class IntelCollateral {
    private static final int MISC_SELECT = 16;
    private static final int ATTRIBUTES = 48;

    private final Quote quote;
    private final TeeType kind;
    private final PckExtension platform;
    private final IntelMaterial material;
    private final CheckList checks;

    IntelCollateral(Quote quote, PckExtension platform, IntelMaterial material, CheckList checks) {
        this.quote = quote;
        this.kind = quote.header().teeType();
        this.platform = platform;
        this.material = material;
        this.checks = checks;
    }

    /// §9.5 to §9.8.
    ///
    /// @return the rating, if the documents are for this quote
    Optional<IntelTcb> rate(Certificate signer) throws CouldNotCheckException, MalformedException {
        Optional<TcbInfo> info = tcbInfo(signer);
        Optional<QeIdentity> identity = qeIdentity(signer);
        identity.ifPresent(this::qeGenuine);
        if (info.isEmpty() || identity.isEmpty()) {
            return Optional.empty();
        }
        var evaluation = new TcbEvaluation(info.get(), identity.get(), platform);
        SgxReport qe = quote.signature().qeReport();
        Optional<IntelTcb> tcb =
                switch (quote.body()) {
                    case SgxReport _ -> Optional.of(evaluation.ofEnclave(qe));
                    case TdReport td ->
                            module(td, info.get()).map(module -> evaluation.ofTd(td, module, qe));
                };
        tcb.ifPresent(this::unrevoked);
        return tcb;
    }

    private Optional<TcbInfo> tcbInfo(Certificate signer)
            throws CouldNotCheckException, MalformedException {
        String wanted = tcbInfoName(kind, platform.fmspc(), platform.pceId());
        List<SignedCollateral<TcbInfo>> all = material.tcbInfos();
        if (all.isEmpty()) {
            throw new CouldNotCheckException(
                    "the Endorsements do not hold the TCB info for "
                            + wanted
                            + "; it comes from Intel's service");
        }
        List<SignedCollateral<TcbInfo>> fitting =
                all.stream()
                        .filter(one -> nameOf(one.document()).equals(wanted))
                        .sorted(
                                Comparator.comparingInt((SignedCollateral<TcbInfo> one) ->
                                                one.document().evaluationNumber())
                                        .thenComparing(one -> one.document().issueDate())
                                        .reversed())
                        .toList();
        checks.require(
                FindingCode.INTEL_TCB_INFO_MATCHES,
                !fitting.isEmpty(),
                "the TCB info is for " + wanted,
                "the TCB info is for other platforms or another kind of quote",
                wanted,
                nameOf(all.getFirst().document()));
        return best(fitting, "the TCB info", signer, TcbInfo::issueDate, TcbInfo::nextUpdate);
    }

    private static String nameOf(TcbInfo info) {
        return tcbInfoName(info.kind(), info.fmspc(), info.pceId());
    }

    private static String tcbInfoName(TeeType kind, Bytes fmspc, Bytes pceId) {
        return kind + " on FMSPC " + fmspc.hex() + ", PCEID " + pceId.hex();
    }

    private Optional<QeIdentity> qeIdentity(Certificate signer)
            throws CouldNotCheckException, MalformedException {
        QeIdentity.Id wanted = QeIdentity.of(kind);
        List<SignedCollateral<QeIdentity>> all = material.qeIdentities();
        if (all.isEmpty()) {
            throw new CouldNotCheckException(
                    "the Endorsements do not hold the identity "
                            + wanted
                            + " of the quoting enclave; it comes from Intel's service");
        }
        List<SignedCollateral<QeIdentity>> fitting =
                all.stream()
                        .filter(one -> one.document().id() == wanted)
                        .sorted(
                                Comparator.comparingInt((SignedCollateral<QeIdentity> one) ->
                                                one.document().evaluationNumber())
                                        .thenComparing(one -> one.document().issueDate())
                                        .reversed())
                        .toList();
        checks.require(
                FindingCode.INTEL_QE_IDENTITY_MATCHES,
                !fitting.isEmpty(),
                "the enclave identity is for " + wanted,
                "the enclave identity is for another kind of quoting enclave",
                wanted.name(),
                all.getFirst().document().id().name());
        return best(
                fitting, "the QE identity", signer, QeIdentity::issueDate, QeIdentity::nextUpdate);
    }

    /// One date of a document.
    @FunctionalInterface
    private interface Date<T> {
        Instant of(T document);
    }

    private <T> Optional<T> best(
            List<SignedCollateral<T>> candidates,
            String what,
            Certificate signer,
            Date<T> issued,
            Date<T> next)
            throws MalformedException {
        Optional<CheckList> first = Optional.empty();
        for (SignedCollateral<T> candidate : candidates) {
            CheckList trial = checks.trial();
            trial.require(
                    FindingCode.INTEL_COLLATERAL_SIGNATURE,
                    material.isSigned(candidate, signer),
                    what + " is signed by Intel's TCB signing key",
                    what + " is not signed by Intel's TCB signing key",
                    "",
                    "");
            T document = candidate.document();
            trial.within(
                    FindingCode.INTEL_COLLATERAL_CURRENT,
                    what,
                    issued.of(document),
                    next.of(document));
            if (!trial.refuses()) {
                checks.adopt(trial);
                return Optional.of(document);
            }
            first = first.isEmpty() ? Optional.of(trial) : first;
        }
        first.ifPresent(checks::adopt);
        return Optional.empty();
    }

    /// §9.6. The mask is what refuses a quoting enclave that can be debugged.
    private void qeGenuine(QeIdentity identity) {
        Bytes report = quote.signature().qeReportBytes();
        SgxReport qe = quote.signature().qeReport();
        Bytes miscSelect = report.slice(MISC_SELECT, 4);
        Bytes attributes = report.slice(ATTRIBUTES, 16);
        boolean genuine =
                QeIdentity.equalUnder(identity.miscSelectMask(), identity.miscSelect(), miscSelect)
                        && QeIdentity.equalUnder(
                                identity.attributesMask(), identity.attributes(), attributes)
                        && identity.mrSigner().equals(qe.mrSigner())
                        && identity.isvProdId() == qe.isvProdId();
        checks.require(
                FindingCode.INTEL_QE_GENUINE,
                genuine,
                "the quoting enclave is Intel's",
                "the quoting enclave is not the one that Intel describes",
                () ->
                        description(
                                identity.mrSigner(),
                                identity.isvProdId(),
                                identity.attributes(),
                                identity.miscSelect()),
                () -> description(qe.mrSigner(), qe.isvProdId(), attributes, miscSelect));
    }

    private static String description(
            Bytes mrSigner, int isvProdId, Bytes attributes, Bytes miscSelect) {
        return "MRSIGNER "
                + mrSigner.hex()
                + ", ISVPRODID "
                + isvProdId
                + ", ATTRIBUTES "
                + attributes.hex()
                + ", MISCSELECT "
                + miscSelect.hex();
    }

    /// §9.7.
    private Optional<TdxModule> module(TdReport td, TcbInfo info) {
        int major = TcbEvaluation.majorVersion(td.teeTcbSvn());
        Optional<TdxModule> module =
                info.module(major)
                        .filter(one ->
                                one.mrSigner().equals(td.mrSignerSeam())
                                        && one.attributes().equals(td.seamAttributes())
                                        && isZero(td.seamAttributes()));
        checks.require(
                FindingCode.INTEL_TDX_MODULE,
                module.isPresent(),
                "the TDX module is Intel's",
                "the TDX module is none that the TCB info describes",
                () ->
                        "a module of major version "
                                + major
                                + info.module(major)
                                        .map(one -> " signed by " + one.mrSigner().hex())
                                        .orElse(", which is not listed"),
                () ->
                        String.format(
                                Locale.ROOT,
                                "MRSIGNERSEAM %s, SEAMATTRIBUTES %s",
                                td.mrSignerSeam().hex(),
                                td.seamAttributes().hex()));
        return module;
    }

    private static boolean isZero(Bytes bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            if (bytes.at(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /// §9.8. Every other status is for a policy to judge.
    private void unrevoked(IntelTcb tcb) {
        checks.require(
                FindingCode.INTEL_TCB_UNREVOKED,
                tcb.status() != TcbStatus.REVOKED,
                "Intel rates the platform " + tcb.status(),
                "Intel has revoked what the quote ran on",
                "another status than " + TcbStatus.REVOKED,
                tcb.status().word());
    }
}
