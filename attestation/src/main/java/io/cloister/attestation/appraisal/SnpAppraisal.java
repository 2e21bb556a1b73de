package io.cloister.attestation.appraisal;

import io.cloister.attestation.amd.GuestPolicy;
import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.attestation.amd.TcbVersion;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.protocol.Bytes;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// The checks of a SEV-SNP guest (spec/evidence.md §6.3, §6.5, §6.8 to §6.10, §6.14).
final class SnpAppraisal {
    private static final int CHIP_ID_LENGTH = 64;

    private final PolicyChecks checks;
    private final Findings findings;
    private final SnpDemands demands;
    private final SnpReport report;
    private final SnpProduct product;

    private SnpAppraisal(Claims.Snp claims, PolicyChecks checks) {
        this.checks = checks;
        this.findings = checks.findings();
        this.demands = checks.policy().snp();
        this.report = claims.report();
        this.product = claims.product();
    }

    static void appraise(Claims.Snp claims, PolicyChecks checks) {
        var appraisal = new SnpAppraisal(claims, checks);
        checks.kind(EvidenceKind.SNP);
        Optional<SnpValue> value =
                checks.referenceValue(SnpValue.class, appraisal::differences, _ -> List.of());
        appraisal.guestPolicy();
        appraisal.required();
        appraisal.privilegeLevel();
        appraisal.firmware();
        appraisal.minimum();
        appraisal.mitigations();
        appraisal.signer(claims);
        appraisal.leftOpen(value);
        checks.chips(appraisal.chips(claims));
    }

    /// A chip that the report hides is none that a policy can list, though the certificate names
    /// one.
    private List<Chip> chips(Claims.Snp claims) {
        Bytes chip = claims.chip();
        boolean hidden = report.chipKeyMasked() || report.isChipHidden();
        return hidden || chip.length() == 0 || HexMember.isZero(chip)
                ? List.of()
                : List.of(
                        new Chip.Snp(Bytes.copyOf(Arrays.copyOf(chip.toArray(), CHIP_ID_LENGTH))));
    }

    private Differences differences(SnpValue value) {
        SnpIdBlock block = value.idBlock();
        Bytes author =
                report.authorKeyPresent()
                        ? report.authorKeyDigest()
                        : HexMember.zeros(SnpIdBlock.DIGEST_LENGTH);
        var differences = new Differences();
        boolean anyIdKey =
                switch (value) {
                    case SnpGuestValue exact -> {
                        differences.equal("measurement", exact.measurement(), report.measurement());
                        yield false;
                    }
                    // An author's word counts for any ID key, unless the value names one.
                    case SnpSignerValue _ -> HexMember.isZero(block.idKeyDigest());
                };
        if (!anyIdKey) {
            differences.equal("idKeyDigest", block.idKeyDigest(), report.idKeyDigest());
        }
        return differences
                .equal("authorKeyDigest", block.authorKeyDigest(), author)
                .equal("familyId", block.familyId(), report.familyId())
                .equal("imageId", block.imageId(), report.imageId())
                .atLeast("guestSvn", block.minGuestSvn(), report.guestSvn())
                .equal("hostData", value.hostData(), report.hostData());
    }

    private void guestPolicy() {
        GuestPolicy guest = report.policy();
        checks.unless(
                Relaxation.DEBUG,
                FindingCode.DEBUG,
                guest.debugAllowed(),
                "the guest can't be looked into by a debugger",
                "the guest can be looked into by a debugger",
                "debug");
        checks.unless(
                Relaxation.MIGRATION,
                FindingCode.MIGRATION,
                guest.migrationAgentAllowed() || hasMigrationAgent(),
                "nothing can move the guest to another platform",
                "a migration agent can move the guest to another platform",
                "migrationAgent");
        checks.unless(
                Relaxation.SMT,
                FindingCode.SMT,
                guest.smtAllowed() || report.platformInfo().smt(),
                "no two threads share a core",
                "two threads share a core, or may",
                "smt");
        checks.unless(
                Relaxation.CXL,
                FindingCode.SNP_CXL,
                guest.cxlAllowed(),
                "no CXL devices or memory can be attached",
                "CXL devices and memory can be attached",
                "cxl");
    }

    /// REPORT_ID_MA is all ones without a migration agent. A guest whose policy allows none can
    /// have none; that it says so twice is checked all the same.
    private boolean hasMigrationAgent() {
        for (byte part : report.migrationAgentReportId().toArray()) {
            if (part != -1) {
                return true;
            }
        }
        return false;
    }

    private void required() {
        List<SnpRequirement> required =
                Stream.of(SnpRequirement.values()).filter(demands.require()::contains).toList();
        List<SnpRequirement> held = Stream.of(SnpRequirement.values()).filter(this::has).toList();
        checks.require(
                FindingCode.SNP_REQUIRED,
                held.containsAll(required),
                required.isEmpty()
                        ? "the policy requires no further protection of guest and platform"
                        : "guest and platform have every protection that the policy requires",
                "guest or platform lack a protection that the policy requires",
                words(required),
                words(held));
    }

    private static String words(List<SnpRequirement> requirements) {
        return requirements.isEmpty()
                ? "none"
                : String.join(", ", requirements.stream().map(SnpRequirement::word).toList());
    }

    private boolean has(SnpRequirement requirement) {
        return switch (requirement) {
            case SINGLE_SOCKET -> report.policy().singleSocketRequired();
            case AES_256_XTS -> report.policy().aes256XtsRequired();
            case POWER_LIMITS_OFF -> report.policy().powerLimitsOffRequired();
            case CIPHERTEXT_HIDING -> report.policy().ciphertextHidingRequired();
            case NO_PAGE_SWAP -> report.policy().pageSwapForbidden();
            case ECC -> report.platformInfo().ecc();
            case ALIAS_CHECK -> report.platformInfo().aliasCheckComplete();
        };
    }

    private void privilegeLevel() {
        int level = report.vmpl();
        if (level == 0) {
            findings.met(
                    FindingCode.SNP_VMPL,
                    "the report was asked for at the guest's highest privilege level",
                    "0",
                    "0");
        } else {
            checks.relaxable(
                    FindingCode.SNP_VMPL,
                    Optional.ofNullable(checks.policy().allow().vmpl().get(level)),
                    "the report was asked for at a lower privilege level: something else in the"
                            + " guest is above it",
                    "0",
                    Integer.toString(level));
        }
    }

    private void firmware() {
        checks.unless(
                Relaxation.PROVISIONAL_FIRMWARE,
                FindingCode.SNP_PROVISIONAL_FIRMWARE,
                report.hasProvisionalFirmware(),
                "the firmware can't be rolled back to an older one",
                "the firmware can still be rolled back to an older one",
                "provisional");
        checks.require(
                FindingCode.SNP_TCB_ORDER,
                report.currentTcb().isAtLeast(report.committedTcb())
                        && report.currentTcb().isAtLeast(report.reportedTcb())
                        && report.current().compareTo(report.committed()) >= 0,
                "neither the committed nor the reported firmware is newer than what runs",
                "the committed or the reported firmware is newer than what runs",
                "committed and reported at most "
                        + report.currentTcb().text(product)
                        + " of "
                        + report.current(),
                "committed "
                        + report.committedTcb().text(product)
                        + " of "
                        + report.committed()
                        + "; reported "
                        + report.reportedTcb().text(product));
        checks.require(
                FindingCode.SNP_MINIMUM_FIRMWARE,
                report.committed().compareTo(demands.minFirmware()) >= 0,
                "the SNP firmware is no older than the policy demands",
                "the SNP firmware is older than the policy demands",
                demands.minFirmware() + " or later",
                report.committed().toString());
    }

    private void minimum() {
        Optional<SnpMinimum> minimum = demands.minimum(product);
        if (minimum.isEmpty()) {
            findings.notMet(
                    FindingCode.SNP_MINIMUM_TCB,
                    "the policy names no least patch levels for this line of products, and AMD"
                            + " rates none",
                    "least patch levels for " + product,
                    "none");
            return;
        }
        var differences = new Differences();
        levels("reported", minimum.get(), report.reportedTcb(), differences);
        levels("launch", minimum.get(), report.launchTcb(), differences);
        checks.require(
                FindingCode.SNP_MINIMUM_TCB,
                differences.count() == 0,
                "no patch level is, or was when the guest was launched, below the policy's least"
                        + " ones",
                "below the policy's least patch levels: " + differences.names(),
                differences.expected(),
                differences.actual());
    }

    private void mitigations() {
        SnpMitigations demanded = demands.mitigations();
        OptionalLong launch = report.launchMitigations();
        OptionalLong current = report.currentMitigations();
        String actual =
                launch.isPresent() && current.isPresent()
                        ? SnpMitigations.text(launch.getAsLong(), current.getAsLong())
                        : "none: a report of version " + report.version() + " names no mitigations";
        checks.require(
                FindingCode.SNP_MITIGATIONS,
                (demanded.launch() & ~launch.orElse(0)) == 0
                        && (demanded.current() & ~current.orElse(0)) == 0,
                demanded.demanded()
                        ? "the firmware has, and had when the guest was launched, the mitigations"
                                + " that the policy demands"
                        : "the policy demands no mitigations",
                "the firmware lacks, or lacked when the guest was launched, a mitigation that the"
                        + " policy demands",
                demanded.demanded()
                        ? "all bits of "
                                + SnpMitigations.text(demanded.launch(), demanded.current())
                        : Finding.ANY,
                actual);
    }

    /// What is in the report beside.
    private void leftOpen(Optional<SnpValue> value) {
        checks.leftOpen(
                "neither the policy nor its reference value says anything of these",
                "guest policy "
                        + report.policy()
                        + ", which asks for firmware interface "
                        + report.policy().abiMajor()
                        + "."
                        + report.policy().abiMinor()
                        + " or later; platform "
                        + report.platformInfo()
                        + (report.platformInfo().tsme() ? ", all memory encrypted" : "")
                        + (report.platformInfo().trustedIo() ? ", trusted devices possible" : "")
                        + "; report id "
                        + report.reportId().hex()
                        + (value.orElse(null) instanceof SnpSignerValue
                                ? "; measurement " + report.measurement().hex()
                                : ""));
    }

    private void levels(
            String when, SnpMinimum minimum, TcbVersion found, Differences differences) {
        for (TcbPart part : SnpMinimum.parts(product).toList()) {
            differences.atLeast(
                    when + "." + part.word(),
                    minimum.levels().getOrDefault(part, 0),
                    found.level(part, product));
        }
    }

    private void signer(Claims.Snp claims) {
        boolean cloud = report.signingKey() != SigningKey.VCEK;
        String actual = report.signingKey().word();
        if (cloud) {
            checks.relaxable(
                    FindingCode.SNP_CHIP_KEY,
                    checks.policy().allow().reason(Relaxation.CLOUD_KEY),
                    "the report is signed by a key that AMD gave to a cloud provider, not by the"
                            + " chip's own",
                    SigningKey.VCEK.word(),
                    actual + " of " + claims.cloudProvider());
            provider(claims.cloudProvider());
        } else {
            findings.met(
                    FindingCode.SNP_CHIP_KEY,
                    "the report is signed by the chip's own key",
                    SigningKey.VCEK.word(),
                    actual);
        }
    }

    private void provider(String name) {
        List<String> accepted = checks.policy().snp().cloudProviders();
        checks.require(
                FindingCode.SNP_CLOUD_PROVIDER,
                accepted.contains(name),
                "the policy accepts this cloud provider's key",
                "the policy does not name this cloud provider",
                accepted.isEmpty()
                        ? "a provider that the policy names"
                        : String.join(", ", accepted),
                name);
    }
}
