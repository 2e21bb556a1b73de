package io.cloister.attestation.appraisal;

import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.intel.IntelTcb;
import io.cloister.attestation.intel.PckExtension;
import io.cloister.attestation.intel.TcbStatus;
import io.cloister.protocol.Bytes;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The checks that SGX and TDX have in common: the platform and how Intel rates it
/// (spec/evidence.md §6.8, §6.10, §6.11).
final class IntelAppraisal {
    private final PolicyChecks checks;
    private final Findings findings;
    private final HardwarePolicy policy;
    private final PckExtension platform;
    private final IntelTcb tcb;

    IntelAppraisal(PolicyChecks checks, PckExtension platform, IntelTcb tcb) {
        this.checks = checks;
        this.findings = checks.findings();
        this.policy = checks.policy();
        this.platform = platform;
        this.tcb = tcb;
    }

    /// @param teeTcbSvn of the TD, 16 bytes; empty for an enclave
    void appraise(Optional<Bytes> teeTcbSvn) {
        status();
        advisories();
        evaluationNumber();
        minimum(teeTcbSvn);
        configuration();
        var chips = new ArrayList<Chip>();
        if (!HexMember.isZero(platform.ppid())) {
            chips.add(new Chip.IntelProcessor(platform.ppid()));
        }
        platform.platform()
                .map(PckExtension.Platform::instanceId)
                .filter(id -> !HexMember.isZero(id))
                .ifPresent(id -> chips.add(new Chip.IntelPlatform(id)));
        checks.chips(chips);
    }

    private Stream<IntelTcb.Level> levels() {
        return Stream.of(tcb.sgx(), tcb.tdx(), tcb.module(), tcb.qe()).flatMap(Optional::stream);
    }

    private void status() {
        String expected = expectedStatus();
        String actual = tcb.status().word() + " (" + levelsText() + ")";
        if (tcb.status() == TcbStatus.UP_TO_DATE) {
            findings.met(
                    FindingCode.INTEL_TCB_STATUS,
                    "Intel knows of nothing that the platform lacks",
                    expected,
                    actual);
            return;
        }
        List<String> hidden = allowed(tcb.status()) ? hidden() : List.of();
        checks.relaxable(
                FindingCode.INTEL_TCB_STATUS,
                hidden.isEmpty() ? named().or(this::grace) : this.grace(),
                "Intel rates the platform "
                        + tcb.status().word()
                        + (hidden.isEmpty()
                                ? ""
                                : ", which hides that it rates " + String.join(" and ", hidden)),
                expected,
                actual);
    }

    private Optional<Reason> named() {
        return Optional.ofNullable(policy.allow().tcbStatus().get(tcb.status()));
    }

    /// Parts in a state that no name in the policy says, though the policy accepts the state of the
    /// whole: Intel's rules for putting states together forget some.
    private List<String> hidden() {
        return rated().filter(level ->
                        level.status() != TcbStatus.UP_TO_DATE
                                && policy.allow().tcbStatus().keySet().stream()
                                        .noneMatch(name -> says(name, level.status())))
                .map(level -> level.name() + " " + level.status().word())
                .toList();
    }

    /// Whether whoever accepts `name` has been told of `part`: it is the same, or one of the things
    /// that the name says.
    private static boolean says(TcbStatus name, TcbStatus part) {
        return name == part
                || switch (name) {
                    case CONFIGURATION_AND_SW_HARDENING_NEEDED ->
                            part == TcbStatus.CONFIGURATION_NEEDED
                                    || part == TcbStatus.SW_HARDENING_NEEDED;
                    case OUT_OF_DATE_CONFIGURATION_NEEDED,
                            TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED ->
                            part == TcbStatus.CONFIGURATION_NEEDED
                                    || part == TcbStatus.OUT_OF_DATE
                                    || part == TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED;
                    case TD_RELAUNCH_ADVISED -> part == TcbStatus.OUT_OF_DATE;
                    case UP_TO_DATE,
                            SW_HARDENING_NEEDED,
                            CONFIGURATION_NEEDED,
                            OUT_OF_DATE,
                            REVOKED,
                            NOT_SUPPORTED ->
                            false;
                };
    }

    private String expectedStatus() {
        var accepted = new ArrayList<String>();
        accepted.add(TcbStatus.UP_TO_DATE.word());
        policy.allow().tcbStatus().keySet().stream()
                .sorted()
                .map(TcbStatus::word)
                .forEach(accepted::add);
        return String.join(" or ", accepted);
    }

    private String levelsText() {
        return String.join(
                ", ",
                levels().map(level ->
                                level.name()
                                        + " "
                                        + level.status().word()
                                        + " of "
                                        + level.tcbDate())
                        .toList());
    }

    /// The reason of a grace that covers this platform: each of its parts is either accepted as it
    /// is, or merely out of date and its level not too old. What else a part lacks must be allowed
    /// by its own name, since the state of the whole hides it.
    private Optional<Reason> grace() {
        boolean outOfDate =
                tcb.status() == TcbStatus.OUT_OF_DATE
                        || tcb.status() == TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED;
        return outOfDate && policy.allow().grace().orElse(null) instanceof Grace.Platform grace
                ? Optional.of(grace)
                        .filter(given -> rated().allMatch(level -> covers(given, level)))
                        .map(Grace.Platform::reason)
                : Optional.empty();
    }

    /// The levels of which the status is made; where a relaunch is advised, that of SGX too.
    private Stream<IntelTcb.Level> rated() {
        boolean relaunch =
                tcb.status() == TcbStatus.TD_RELAUNCH_ADVISED
                        || tcb.status() == TcbStatus.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED;
        return Stream.of(
                        relaunch ? tcb.sgx() : Optional.<IntelTcb.Level>empty(),
                        tcb.platform(),
                        tcb.module(),
                        tcb.qe())
                .flatMap(Optional::stream);
    }

    private boolean covers(Grace.Platform grace, IntelTcb.Level level) {
        Instant end = level.tcbDate().plus(grace.length());
        boolean within = !checks.instant().isAfter(end);
        return switch (level.status()) {
            case UP_TO_DATE -> true;
            case OUT_OF_DATE -> within;
            case OUT_OF_DATE_CONFIGURATION_NEEDED ->
                    within && allowed(TcbStatus.CONFIGURATION_NEEDED);
            case SW_HARDENING_NEEDED,
                    CONFIGURATION_NEEDED,
                    CONFIGURATION_AND_SW_HARDENING_NEEDED,
                    TD_RELAUNCH_ADVISED,
                    TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED ->
                    allowed(level.status());
            case REVOKED, NOT_SUPPORTED -> false;
        };
    }

    private boolean allowed(TcbStatus status) {
        return policy.allow().tcbStatus().containsKey(status);
    }

    private void advisories() {
        List<String> rejected = policy.intel().rejectedAdvisories();
        List<String> apply =
                levels().flatMap(level -> level.advisoryIds().stream())
                        .distinct()
                        .sorted(Comparator.naturalOrder())
                        .toList();
        String actual = apply.isEmpty() ? "none" : String.join(", ", apply);
        checks.require(
                FindingCode.INTEL_ADVISORIES,
                apply.stream().noneMatch(rejected::contains),
                apply.isEmpty()
                        ? "no advisory of Intel's applies"
                        : "the policy rejects none of the advisories that apply",
                "an advisory applies that the policy rejects",
                rejected.isEmpty() ? Finding.ANY : "none of " + String.join(", ", rejected),
                actual);
    }

    private void evaluationNumber() {
        int least = policy.intel().minEvaluationNumber();
        int tcbInfo = tcb.tcbInfo().evaluationNumber();
        int qeIdentity = tcb.qeIdentity().evaluationNumber();
        if (least == 0) {
            checks.relaxable(
                    FindingCode.INTEL_EVALUATION_NUMBER,
                    policy.allow().reason(Relaxation.ANY_EVALUATION),
                    "the policy names no least evaluation of Intel's, and an older one knows of"
                            + " fewer weaknesses",
                    "a least number",
                    "TCB info " + tcbInfo + ", QE identity " + qeIdentity);
            return;
        }
        checks.require(
                FindingCode.INTEL_EVALUATION_NUMBER,
                Math.min(tcbInfo, qeIdentity) >= least,
                "Intel's rating is of an evaluation that the policy accepts",
                "Intel's rating is of an older evaluation than the policy accepts",
                least + " or more",
                "TCB info " + tcbInfo + ", QE identity " + qeIdentity);
    }

    private void minimum(Optional<Bytes> teeTcbSvn) {
        List<IntelMinimum> minimums = policy.intel().minTcb();
        if (minimums.isEmpty()) {
            findings.met(
                    FindingCode.INTEL_MINIMUM_TCB,
                    "the policy names no versions of its own and leaves them to Intel's rating",
                    Finding.ANY,
                    "FMSPC " + platform.fmspc().hex());
            return;
        }
        Optional<IntelMinimum> minimum =
                minimums.stream()
                        .filter(least -> least.fmspc().equals(platform.fmspc()))
                        .findFirst();
        if (minimum.isEmpty()) {
            findings.notMet(
                    FindingCode.INTEL_MINIMUM_TCB,
                    "the policy names least versions for other families of platforms only",
                    "FMSPC "
                            + String.join(
                                    ", ",
                                    minimums.stream().map(least -> least.fmspc().hex()).toList()),
                    "FMSPC " + platform.fmspc().hex());
            return;
        }
        var differences = new Differences();
        differences.atLeast("pceSvn", minimum.get().pceSvn(), platform.pceSvn());
        components("component", minimum.get().components(), platform.components(), 0, differences);
        teeTcbSvn.ifPresent(svn -> tdx(minimum.get().tdxComponents(), svn, differences));
        checks.require(
                FindingCode.INTEL_MINIMUM_TCB,
                differences.count() == 0,
                "no version is below the policy's least ones",
                "below the policy's least versions: " + differences.names(),
                differences.expected(),
                differences.actual());
    }

    /// The first two are the minor and major version of the TDX module, not components of their
    /// own: minor versions of different major ones can't be compared, and Intel rates each by
    /// itself.
    private static void tdx(List<Integer> least, Bytes found, Differences differences) {
        boolean sameModule = (found.at(1) & 0xff) == least.get(1);
        components("tdxComponent", least, found, sameModule ? 0 : 1, differences);
    }

    private static void components(
            String name, List<Integer> least, Bytes found, int from, Differences differences) {
        for (int i = from; i < least.size(); i++) {
            differences.atLeast(name + (i + 1), least.get(i), found.at(i) & 0xff);
        }
    }

    /// What only certificates by the Platform CA say.
    private void configuration() {
        Optional<PckExtension.Platform> several = platform.platform();
        checks.unless(
                Relaxation.DYNAMIC_PLATFORM,
                FindingCode.INTEL_DYNAMIC_PLATFORM,
                several.map(PckExtension.Platform::dynamicPlatform).orElse(false),
                several.isPresent()
                        ? "no package can be added to the platform while it runs"
                        : "the platform has one package",
                "packages can be added to the platform while it runs",
                "dynamicPlatform");
        checks.unless(
                Relaxation.CACHED_KEYS,
                FindingCode.INTEL_CACHED_KEYS,
                several.map(PckExtension.Platform::cachedKeys).orElse(false),
                "Intel's registration service keeps no root keys of the platform",
                "Intel's registration service keeps root keys of the platform",
                "cachedKeys");
        checks.unless(
                Relaxation.SMT,
                FindingCode.SMT,
                several.map(PckExtension.Platform::smtEnabled).orElse(false),
                several.isPresent()
                        ? "no two threads share a core"
                        : "certificates for one package don't say whether two threads share a core;"
                                + " Intel's rating counts it in",
                "two threads share a core",
                "smt");
    }
}
