package io.cloister.attestation.testkit;

import static io.cloister.attestation.testkit.HardwareCases.AMD_DATA;
import static io.cloister.attestation.testkit.HardwareCases.shorter;
import static io.cloister.attestation.testkit.HardwarePolicies.SNP;
import static io.cloister.attestation.testkit.HardwarePolicies.WHY;
import static io.cloister.attestation.testkit.HardwarePolicies.demands;
import static io.cloister.attestation.testkit.HardwarePolicies.filled;
import static io.cloister.attestation.testkit.HardwarePolicies.idBlock;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.appraisal.Chip;
import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.appraisal.Relaxation;
import io.cloister.attestation.appraisal.SnpDemands;
import io.cloister.attestation.appraisal.SnpMitigations;
import io.cloister.attestation.appraisal.SnpRequirement;
import io.cloister.attestation.appraisal.SnpSignerValue;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.protocol.Bytes;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/// Vectors of SEV-SNP reports.
final class SnpVectors {
    private final HardwareCases cases;

    SnpVectors(HardwareCases cases) {
        this.cases = cases;
    }

    void record() {
        snpAffirmed();
        snpMitigations();
        snpNotAuthentic();
        snpNotAcceptable();
    }

    private void snpAffirmed() {
        for (SnpProduct product : SnpProduct.values()) {
            for (int version : new int[] {2, 3, 5}) {
                cases.snp(
                        "snp-" + product.word().toLowerCase(Locale.ROOT) + "-v" + version,
                        "a report of version " + version + " on " + product.word(),
                        new FakeAmd(product, SigningKey.VCEK, version),
                        _ -> {},
                        SNP,
                        "affirmed",
                        "");
            }
        }
        cases.snp(
                "snp-cloud-key-allowed",
                "signed with a cloud provider's key, relaxed by name",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3),
                _ -> {},
                SNP.allow(Relaxation.CLOUD_KEY, WHY),
                "affirmed",
                "");
        cases.snp(
                "snp-signer",
                "a guest accepted for its ID key, family, image and least version",
                milan(),
                _ -> {},
                snpSigner(0x24, 3),
                "affirmed",
                "");
        cases.snp(
                "snp-listed-chip",
                "on the chip that the policy lists",
                milan(),
                _ -> {},
                SNP.onChips(List.of(new Chip.Snp(milan().chip()))),
                "affirmed",
                "");
        cases.snp(
                "snp-masked-chip",
                "the platform hides its chip, and the policy lists none",
                milan(),
                SnpVectors::maskChip,
                SNP,
                "affirmed",
                "");
        cases.snp(
                "snp-required",
                "with the protections that the policy requires",
                milan(),
                _ -> {},
                SNP.demanding(demands(Set.of(SnpRequirement.ECC, SnpRequirement.ALIAS_CHECK))),
                "affirmed",
                "");
    }

    private void snpMitigations() {
        HardwarePolicy demanding = SNP.demanding(demands(Set.of(), new SnpMitigations(0x2, 0x6)));
        cases.snp(
                "snp-mitigations",
                "with the mitigations that the policy demands",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 5),
                _ -> {},
                demanding,
                "affirmed",
                "");
        cases.snp(
                "snp-mitigation-lacking",
                "without a mitigation that the policy demands",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 5),
                amd -> amd.report().u64(0x200, 0x3),
                demanding,
                "refused",
                "appraise",
                FindingCode.SNP_MITIGATIONS);
        cases.snp(
                "snp-mitigation-lacking-at-launch",
                "launched without a mitigation that the policy demands",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 5),
                amd -> amd.report().u64(0x1f8, 0x1),
                demanding,
                "refused",
                "appraise",
                FindingCode.SNP_MITIGATIONS);
        cases.snp(
                "snp-mitigations-unnamed",
                "a report of version 3 names no mitigations, and the policy demands some",
                milan(),
                _ -> {},
                demanding,
                "refused",
                "appraise",
                FindingCode.SNP_MITIGATIONS);
    }

    private void snpNotAuthentic() {
        byte[] altered = milan().evidence().report().toArray();
        altered[0x90] ^= 1;
        cases.add(
                "snp-report-signature",
                "one bit of what is signed",
                new EvidenceBundle(new SnpEvidence(Bytes.copyOf(altered)), milan().endorsements()),
                SNP,
                AMD_DATA,
                List.of(),
                FakeAmd.NOW,
                "refused",
                "verify",
                FindingCode.SNP_REPORT_SIGNATURE);
        cases.snp(
                "snp-issuer-revoked",
                "the chip's issuer is revoked",
                milan(),
                amd -> amd.revocationList().revoke(0x10001),
                SNP,
                "refused",
                "verify",
                FindingCode.SNP_NOT_REVOKED);
        cases.snp(
                "snp-other-tcb",
                "a certificate for another TCB version than the report gives",
                milan(),
                amd -> amd.number("3.8", 218),
                SNP,
                "refused",
                "verify",
                FindingCode.SNP_LEAF_TCB);
        cases.snp(
                "snp-other-chips-certificate",
                "a certificate of another chip",
                milan(),
                amd -> amd.report().u8(0x1a0 + 5, 0),
                SNP,
                "refused",
                "verify",
                FindingCode.SNP_CHIP_ID);
        cases.add(
                "snp-no-endorsements",
                "nothing that vouches for the chip: neither accepted nor refused",
                new EvidenceBundle(milan().evidence(), new Endorsements(List.of())),
                SNP,
                AMD_DATA,
                List.of(),
                FakeAmd.NOW,
                "could-not-check",
                "");
        cases.add(
                "snp-truncated",
                "a report without its last byte",
                new EvidenceBundle(
                        new SnpEvidence(shorter(milan().evidence().report())),
                        milan().endorsements()),
                SNP,
                AMD_DATA,
                List.of(),
                FakeAmd.NOW,
                "refused",
                "parse",
                FindingCode.EVIDENCE_FORM);
    }

    private void snpNotAcceptable() {
        refuseSnp(
                "snp-report-data",
                "about something else",
                amd -> amd.report().u8(0x50, 0),
                FindingCode.REPORT_DATA);
        refuseSnp(
                "snp-other-image",
                "another image",
                amd -> amd.report().u8(0x90, 0),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-host-data",
                "other host data",
                amd -> amd.report().u8(0xc0, 0),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-family",
                "another family than the reference value names",
                amd -> amd.report().u8(0x10, 0),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-image",
                "another image id than the reference value names",
                amd -> amd.report().u8(0x20, 0),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-old-guest",
                "an older version of the guest than the reference value names",
                amd -> amd.report().u32(0x04, 2),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-author-key",
                "an author key that the reference value doesn't name",
                amd -> amd.report().u32(0x48, 1),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-migration-agent",
                "a migration agent, though the guest policy allows none",
                amd -> amd.report().u8(0x160, 0),
                FindingCode.MIGRATION);
        refuseSnp(
                "snp-id-key",
                "another ID key",
                amd -> amd.report().u8(0xe0, 0),
                FindingCode.MEASUREMENT);
        cases.snp(
                "snp-other-signer",
                "another signer",
                milan(),
                _ -> {},
                snpSigner(0x25, 3),
                "refused",
                "appraise",
                FindingCode.MEASUREMENT);
        cases.snp(
                "snp-old-version",
                "an older version than the policy accepts",
                milan(),
                _ -> {},
                snpSigner(0x24, 4),
                "refused",
                "appraise",
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-debug",
                "a debug guest",
                amd -> amd.report().u64(8, 0xb0000),
                FindingCode.DEBUG);
        refuseSnp(
                "snp-migration",
                "a migration agent",
                amd -> amd.report().u64(8, 0x70000),
                FindingCode.MIGRATION);
        refuseSnp(
                "snp-cxl", "CXL memory", amd -> amd.report().u64(8, 0x230000), FindingCode.SNP_CXL);
        cases.snp(
                "snp-smt",
                "threads share a core",
                milan(),
                _ -> {},
                IntelPolicies.of(SNP.values()).demanding(demands(Set.of())),
                "refused",
                "appraise",
                FindingCode.SMT);
        cases.snp(
                "snp-not-required",
                "without a protection that the policy requires",
                milan(),
                _ -> {},
                SNP.demanding(demands(Set.of(SnpRequirement.CIPHERTEXT_HIDING))),
                "refused",
                "appraise",
                FindingCode.SNP_REQUIRED);
        refuseSnp(
                "snp-vmpl",
                "asked for at a lower privilege level",
                amd -> amd.report().u32(0x30, 1),
                FindingCode.SNP_VMPL);
        refuseSnp(
                "snp-provisional-firmware",
                "firmware that can be rolled back",
                amd -> amd.report().u8(0x1e0 + 7, 218),
                FindingCode.SNP_PROVISIONAL_FIRMWARE);
        refuseSnp(
                "snp-tcb-order",
                "firmware reported that is newer than what runs",
                amd -> {
                    amd.number("3.8", 220);
                    amd.report().u8(0x180 + 7, 220);
                },
                FindingCode.SNP_TCB_ORDER);
        refuseSnp(
                "snp-old-firmware",
                "an older version of the SNP firmware",
                amd -> amd.report().u8(0x1e8, 20).u8(0x1ec, 20),
                FindingCode.SNP_MINIMUM_FIRMWARE);
        refuseSnp(
                "snp-old-launch",
                "launched under an older TCB",
                amd -> amd.report().u8(0x1f0 + 7, 218),
                FindingCode.SNP_MINIMUM_TCB);
        cases.snp(
                "snp-cloud-key",
                "signed with a cloud provider's key",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3),
                _ -> {},
                SNP,
                "refused",
                "appraise",
                FindingCode.SNP_CHIP_KEY);
        SnpDemands demands = demands(Set.of());
        cases.snp(
                "snp-cloud-key-unnamed",
                "signed with the key of a cloud provider that the policy does not name",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3),
                _ -> {},
                SNP.allow(Relaxation.CLOUD_KEY, WHY)
                        .demanding(
                                new SnpDemands(
                                        demands.minTcb(),
                                        demands.minFirmware(),
                                        demands.require(),
                                        demands.mitigations(),
                                        List.of("CN=another.example"))),
                "refused",
                "appraise",
                FindingCode.SNP_CLOUD_PROVIDER);
        cases.snp(
                "snp-masked-listed-chip",
                "the platform hides its chip, which the policy lists and the certificate names",
                milan(),
                SnpVectors::maskChip,
                SNP.onChips(List.of(new Chip.Snp(milan().chip()))),
                "refused",
                "appraise",
                FindingCode.CHIP_LISTED);
        cases.snp(
                "snp-other-chip",
                "another chip than the policy lists",
                milan(),
                _ -> {},
                SNP.onChips(List.of(new Chip.Snp(filled(64, 1)))),
                "refused",
                "appraise",
                FindingCode.CHIP_LISTED);
    }

    private static void maskChip(FakeAmd amd) {
        amd.report().u32(0x48, 2).put(0x1a0, filled(64, 0));
    }

    static FakeAmd milan() {
        return new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
    }

    private static HardwarePolicy snpSigner(int key, long least) {
        return IntelPolicies.of(
                        List.of(
                                new SnpSignerValue(
                                        "signed",
                                        filled(32, 0x23),
                                        idBlock(filled(48, key), least))))
                .demanding(demands(Set.of()))
                .allow(Relaxation.SMT, WHY);
    }

    private void refuseSnp(
            String id, String comment, Consumer<FakeAmd> change, FindingCode... codes) {
        cases.snp(id, comment, milan(), change, SNP, "refused", "appraise", codes);
    }
}
