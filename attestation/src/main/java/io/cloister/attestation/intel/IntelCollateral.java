package io.cloister.attestation.intel;

import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.IntelChain.Signer;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What Intel's TCB info and QE identity say of a quote. Where several fit the quote, the one of
/// the newest evaluation that is authentic and counts now is used.
final class IntelCollateral {
    private static final int MISC_SELECT = 16;
    private static final int ATTRIBUTES = 48;

    private final Quote quote;
    private final TeeType kind;
    private final PckExtension platform;
    private final IntelMaterial material;
    private final List<Signer> signers;
    private final CheckList checks;
    private final Set<Signer> used = new HashSet<>();

    /// @param signers of whom each may sign, at least one
    IntelCollateral(
            Quote quote,
            PckExtension platform,
            IntelMaterial material,
            List<Signer> signers,
            CheckList checks) {
        this.quote = quote;
        this.kind = quote.header().teeType();
        this.platform = platform;
        this.material = material;
        this.signers = List.copyOf(signers);
        this.checks = checks;
    }

    /// §9.5 to §9.8.
    ///
    /// @return the rating, if the documents hold
    Optional<IntelTcb> rate() throws CouldNotCheckException, MalformedException {
        List<SignedCollateral<TcbInfo>> infos = tcbInfos();
        List<SignedCollateral<QeIdentity>> identities = qeIdentities();
        Optional<TcbInfo> info =
                best(infos, "the TCB info", TcbInfo::issueDate, TcbInfo::nextUpdate);
        Optional<QeIdentity> identity =
                best(identities, "the QE identity", QeIdentity::issueDate, QeIdentity::nextUpdate);
        identity.ifPresent(this::qeGenuine);
        if (infos.isEmpty() || identities.isEmpty()) {
            throw new CouldNotCheckException(
                    "the Endorsements do not hold "
                            + (infos.isEmpty()
                                    ? "the TCB info for " + tcbInfoWanted()
                                    : "the identity "
                                            + QeIdentity.of(kind)
                                            + " of the quoting enclave")
                            + "; it comes from Intel's service");
        }
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

    /// Those for the platform; others say nothing of it.
    private List<SignedCollateral<TcbInfo>> tcbInfos() {
        String wanted = tcbInfoWanted();
        List<SignedCollateral<TcbInfo>> fitting =
                material.tcbInfos().stream()
                        .filter(one -> nameOf(one.document()).equals(wanted))
                        .sorted(
                                Comparator.comparingInt((SignedCollateral<TcbInfo> one) ->
                                                one.document().evaluationNumber())
                                        .thenComparing(one -> one.document().issueDate())
                                        .reversed())
                        .toList();
        if (!fitting.isEmpty()) {
            checks.require(
                    FindingCode.INTEL_TCB_INFO_MATCHES,
                    true,
                    "the TCB info is for " + wanted,
                    "",
                    "",
                    "");
        }
        return fitting;
    }

    private String tcbInfoWanted() {
        return tcbInfoName(kind, platform.fmspc(), platform.pceId());
    }

    private static String nameOf(TcbInfo info) {
        return tcbInfoName(info.kind(), info.fmspc(), info.pceId());
    }

    private static String tcbInfoName(TeeType kind, Bytes fmspc, Bytes pceId) {
        return kind + " on FMSPC " + fmspc.hex() + ", PCEID " + pceId.hex();
    }

    /// Those of the kind of quoting enclave.
    private List<SignedCollateral<QeIdentity>> qeIdentities() {
        QeIdentity.Id wanted = QeIdentity.of(kind);
        List<SignedCollateral<QeIdentity>> fitting =
                material.qeIdentities().stream()
                        .filter(one -> one.document().id() == wanted)
                        .sorted(
                                Comparator.comparingInt((SignedCollateral<QeIdentity> one) ->
                                                one.document().evaluationNumber())
                                        .thenComparing(one -> one.document().issueDate())
                                        .reversed())
                        .toList();
        if (!fitting.isEmpty()) {
            checks.require(
                    FindingCode.INTEL_QE_IDENTITY_MATCHES,
                    true,
                    "the enclave identity is for " + wanted,
                    "",
                    "",
                    "");
        }
        return fitting;
    }

    /// One date of a document.
    @FunctionalInterface
    private interface Date<T> {
        Instant of(T document);
    }

    private <T> Optional<T> best(
            List<SignedCollateral<T>> candidates, String what, Date<T> issued, Date<T> next)
            throws MalformedException {
        Optional<CheckList> first = Optional.empty();
        for (SignedCollateral<T> candidate : candidates) {
            CheckList trial = checks.trial();
            Signer signer = signer(candidate);
            trial.require(
                    FindingCode.INTEL_COLLATERAL_SIGNATURE,
                    material.isSigned(candidate, signer.certificate()),
                    what + " is signed by Intel's TCB signing key",
                    what + " is not signed by Intel's TCB signing key",
                    "",
                    "");
            T document = candidate.document();
            trial.withinOrLate(
                    FindingCode.INTEL_COLLATERAL_CURRENT,
                    what,
                    issued.of(document),
                    next.of(document));
            if (!trial.refuses()) {
                use(signer);
                checks.adopt(trial);
                return Optional.of(document);
            }
            first = first.isEmpty() ? Optional.of(trial) : first;
        }
        first.ifPresent(checks::adopt);
        return Optional.empty();
    }

    /// Who signed a document; if nobody did who may, anyone.
    private Signer signer(SignedCollateral<?> document) throws MalformedException {
        for (Signer one : signers) {
            if (material.isSigned(document, one.certificate())) {
                return one;
            }
        }
        return signers.getFirst();
    }

    private void use(Signer signer) {
        if (used.add(signer)) {
            checks.adopt(signer.trial());
        }
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
