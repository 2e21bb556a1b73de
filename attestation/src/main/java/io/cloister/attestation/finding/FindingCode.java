package io.cloister.attestation.finding;

/// Every check there is. The code is stable: programs may match on it, and it never changes its
/// meaning.
public enum FindingCode {
    /// The document has the one form it must have.
    EVIDENCE_FORM("evidence-form", "spec/evidence.md §2"),
    /// The kind of the Evidence, or of an Endorsement, is one this version knows.
    EVIDENCE_KIND_KNOWN("evidence-kind-known", "spec/evidence.md §2"),
    /// All that verifying needs is there. Found only where it isn't, and then as not checked.
    ENDORSEMENTS_PRESENT("endorsements-present", "spec/evidence.md §2.1"),
    /// The Evidence's kind is one the appraisal policy accepts.
    EVIDENCE_KIND_ACCEPTED("evidence-kind-accepted", "spec/evidence.md §6.1"),
    /// The platform's certificate names a root among the Endorsements.
    SIMULATED_ROOT_ENDORSED("simulated-root-endorsed", "spec/evidence.md §5.1"),
    /// The platform's certificate is well formed.
    SIMULATED_CERTIFICATE_FORM("simulated-certificate-form", "spec/evidence.md §5.2"),
    /// The platform's certificate is signed by that root.
    SIMULATED_CERTIFICATE_SIGNATURE("simulated-certificate-signature", "spec/evidence.md §5.2"),
    /// The platform's certificate is valid already.
    SIMULATED_CERTIFICATE_BEGUN("simulated-certificate-begun", "spec/evidence.md §5.3"),
    /// The platform's certificate is valid still.
    SIMULATED_CERTIFICATE_UNEXPIRED("simulated-certificate-unexpired", "spec/evidence.md §5.3"),
    /// The statement is well formed.
    SIMULATED_STATEMENT_FORM("simulated-statement-form", "spec/evidence.md §5.4"),
    /// The statement is signed by the certified platform key.
    SIMULATED_STATEMENT_SIGNATURE("simulated-statement-signature", "spec/evidence.md §5.4"),
    /// Statement and certificate are of one platform instance.
    SIMULATED_INSTANCE("simulated-instance", "spec/evidence.md §5.5"),
    /// The statement was made within the certificate's validity, and not in the future.
    SIMULATED_ISSUED_AT("simulated-issued-at", "spec/evidence.md §5.6"),
    /// The report says which key signed it, and there is one.
    SNP_SIGNING_KEY("snp-signing-key", "spec/evidence.md §10.1"),
    /// Report, certificate and chain are of one product line, which is known.
    SNP_PRODUCT("snp-product", "spec/evidence.md §10.2"),
    /// The report's signature by the key of the leaf certificate verifies.
    SNP_REPORT_SIGNATURE("snp-report-signature", "spec/evidence.md §10.3"),
    /// The leaf certificate is of AMD's profile for a VCEK or VLEK.
    SNP_LEAF_PROFILE("snp-leaf-profile", "spec/evidence.md §10.4"),
    /// The leaf certificate is for the TCB version that the report gives.
    SNP_LEAF_TCB("snp-leaf-tcb", "spec/evidence.md §10.5"),
    /// The report's TCB versions are laid out as the product's are.
    SNP_TCB_RESERVED("snp-tcb-reserved", "spec/evidence.md §10.5"),
    /// The leaf certificate is for the chip that the report names.
    SNP_CHIP_ID("snp-chip-id", "spec/evidence.md §10.6"),
    /// Each certificate of the chain is signed by the next, the root by itself.
    SNP_CHAIN_SIGNATURE("snp-chain-signature", "spec/evidence.md §10.7"),
    /// Issuer and root have the names and rights they must have.
    SNP_CHAIN_PROFILE("snp-chain-profile", "spec/evidence.md §10.7"),
    /// Each certificate of the chain is valid at the given instant.
    SNP_CHAIN_VALID("snp-chain-valid", "spec/evidence.md §10.7"),
    /// The root's key is the pinned one of the product line.
    SNP_ROOT_PINNED("snp-root-pinned", "spec/evidence.md §10.7"),
    /// The revocation list is signed by the root.
    SNP_CRL_SIGNATURE("snp-crl-signature", "spec/evidence.md §10.8"),
    /// The revocation list is current at the given instant.
    SNP_CRL_CURRENT("snp-crl-current", "spec/evidence.md §10.8"),
    /// Neither issuer nor root is revoked.
    SNP_NOT_REVOKED("snp-not-revoked", "spec/evidence.md §10.8"),
    /// Whether anything is revoked was checked at all: there is a revocation list. Evidence is
    /// authentic only with one, so that this is found of no other.
    SNP_REVOCATION_CHECKED("snp-revocation-checked", "spec/evidence.md §10.9"),
    /// The quote is of the kind that the Evidence says.
    INTEL_QUOTE_KIND("intel-quote-kind", "spec/evidence.md §9.1"),
    /// Nothing is set in the report that has no meaning yet.
    INTEL_REPORT_RESERVED("intel-report-reserved", "spec/evidence.md §9.1"),
    /// The chain ends at the pinned key of Intel's root.
    INTEL_ROOT("intel-root", "spec/evidence.md §9.2"),
    /// A certificate is what its place in the chain demands.
    INTEL_CERTIFICATE_PROFILE(
            "intel-certificate-profile", "SGX PCK Certificate and CRL Profile 1.5 §1.3"),
    /// A certificate is signed by the one above it.
    INTEL_CERTIFICATE_SIGNATURE("intel-certificate-signature", "spec/evidence.md §9.2"),
    /// A certificate is valid at the instant.
    INTEL_CERTIFICATE_VALIDITY("intel-certificate-validity", "spec/evidence.md §9.2"),
    /// A revocation list is signed by its issuer.
    INTEL_CRL_SIGNATURE("intel-crl-signature", "spec/evidence.md §9.3"),
    /// A revocation list counts at the instant.
    INTEL_CRL_CURRENT("intel-crl-current", "spec/evidence.md §9.3"),
    /// A certificate is not revoked.
    INTEL_CERTIFICATE_UNREVOKED("intel-certificate-unrevoked", "spec/evidence.md §9.3"),
    /// The quoting enclave's report is signed with the PCK.
    INTEL_QE_REPORT_SIGNATURE("intel-qe-report-signature", "spec/evidence.md §9.4"),
    /// The quoting enclave's report binds the attestation key.
    INTEL_ATTESTATION_KEY_BOUND("intel-attestation-key-bound", "spec/evidence.md §9.4"),
    /// The quote is signed with the attestation key.
    INTEL_QUOTE_SIGNATURE("intel-quote-signature", "spec/evidence.md §9.4"),
    /// TCB info and QE identity are signed by Intel's TCB signing key.
    INTEL_COLLATERAL_SIGNATURE("intel-collateral-signature", "spec/evidence.md §9.5"),
    /// TCB info and QE identity count at the instant.
    INTEL_COLLATERAL_CURRENT("intel-collateral-current", "spec/evidence.md §9.5"),
    /// The TCB info is for this kind of quote, platform and certifying enclave.
    INTEL_TCB_INFO_MATCHES("intel-tcb-info-matches", "spec/evidence.md §9.5"),
    /// The QE identity is for this kind of quote.
    INTEL_QE_IDENTITY_MATCHES("intel-qe-identity-matches", "spec/evidence.md §9.5"),
    /// The quoting enclave is the one that the QE identity describes.
    INTEL_QE_GENUINE("intel-qe-genuine", "spec/evidence.md §9.6"),
    /// The TDX module is one that the TCB info describes.
    INTEL_TDX_MODULE("intel-tdx-module", "spec/evidence.md §9.7"),
    /// Intel has not withdrawn what the quote ran on.
    INTEL_TCB_UNREVOKED("intel-tcb-unrevoked", "spec/evidence.md §9.8"),
    /// The Evidence is about the very identity (or other data) it is presented with.
    REPORT_DATA("report-data", "spec/evidence.md §6.2"),
    /// The policy names what it accepts.
    REFERENCE_VALUES_PRESENT("reference-values-present", "spec/evidence.md §6.3"),
    /// The measurement is a reference value of the policy.
    MEASUREMENT("measurement", "spec/evidence.md §6.3"),
    /// The measurement is one that the computation was narrowed to.
    MEASUREMENT_NARROWED("measurement-narrowed", "spec/evidence.md §6.4"),
    /// The enclave can't be looked into by a debugger.
    DEBUG("debug", "spec/evidence.md §6.5"),
    /// The root is the one the policy pins.
    ROOT_PINNED("root-pinned", "spec/evidence.md §6.6"),
    /// The hardware is a piece that the policy lists, where it lists any.
    CHIP_LISTED("chip-listed", "spec/evidence.md §6.8"),
    /// Nothing can move the guest to another platform.
    MIGRATION("migration", "spec/evidence.md §6.9"),
    /// No two threads share a core.
    SMT("smt", "spec/evidence.md §6.10"),
    /// Intel rates the platform in a way that the policy accepts.
    INTEL_TCB_STATUS("intel-tcb-status", "spec/evidence.md §6.11"),
    /// No advisory applies that the policy rejects.
    INTEL_ADVISORIES("intel-advisories", "spec/evidence.md §6.11"),
    /// Intel's rating is of no older evaluation than the policy accepts.
    INTEL_EVALUATION_NUMBER("intel-evaluation-number", "spec/evidence.md §6.11"),
    /// The platform has the versions that the policy demands.
    INTEL_MINIMUM_TCB("intel-minimum-tcb", "spec/evidence.md §6.11"),
    /// No package can be added to the platform while it runs.
    INTEL_DYNAMIC_PLATFORM("intel-dynamic-platform", "spec/evidence.md §6.11"),
    /// Intel keeps no root keys of the platform.
    INTEL_CACHED_KEYS("intel-cached-keys", "spec/evidence.md §6.11"),
    /// The enclave can't derive provisioning keys.
    SGX_PROVISION_KEY("sgx-provision-key", "spec/evidence.md §6.12"),
    /// The enclave has the attributes that its reference value says, or nothing unusual.
    SGX_ATTRIBUTES("sgx-attributes", "spec/evidence.md §6.12"),
    /// The same for MISCSELECT.
    SGX_MISC_SELECT("sgx-misc-select", "spec/evidence.md §6.12"),
    /// The same for XFRM.
    SGX_XFRM("sgx-xfrm", "spec/evidence.md §6.12"),
    /// The host can't inject #VE into the TD.
    TDX_SEPT_VE_DISABLE("tdx-sept-ve-disable", "spec/evidence.md §6.13"),
    /// The TD may not use Key Locker.
    TDX_KEY_LOCKER("tdx-key-locker", "spec/evidence.md §6.13"),
    /// The TD may not use supervisor protection keys.
    TDX_PROTECTION_KEYS("tdx-protection-keys", "spec/evidence.md §6.13"),
    /// The TD may not use the performance counters.
    TDX_PERFORMANCE_COUNTERS("tdx-performance-counters", "spec/evidence.md §6.13"),
    /// The TD has the attributes that its reference value says, and none that makes it untrusted or
    /// can't be judged.
    TDX_ATTRIBUTES("tdx-attributes", "spec/evidence.md §6.13"),
    /// The TD has the XFAM that its reference value says, or nothing unusual.
    TDX_XFAM("tdx-xfam", "spec/evidence.md §6.13"),
    /// No service TD is bound to the TD.
    TDX_SERVICE_TD("tdx-service-td", "spec/evidence.md §6.13"),
    /// No CXL devices or memory can be attached.
    SNP_CXL("snp-cxl", "spec/evidence.md §6.14"),
    /// Guest and platform have the protections that the policy requires.
    SNP_REQUIRED("snp-required", "spec/evidence.md §6.14"),
    /// The report was asked for at the highest privilege level.
    SNP_VMPL("snp-vmpl", "spec/evidence.md §6.14"),
    /// The firmware can't be rolled back.
    SNP_PROVISIONAL_FIRMWARE("snp-provisional-firmware", "spec/evidence.md §6.14"),
    /// Committed and reported firmware are no newer than what runs.
    SNP_TCB_ORDER("snp-tcb-order", "spec/evidence.md §6.14"),
    /// The firmware is of a version that the policy accepts.
    SNP_MINIMUM_FIRMWARE("snp-minimum-firmware", "spec/evidence.md §6.14"),
    /// The platform has the patch levels that the policy demands.
    SNP_MINIMUM_TCB("snp-minimum-tcb", "spec/evidence.md §6.14"),
    /// The firmware has the mitigations that the policy demands.
    SNP_MITIGATIONS("snp-mitigations", "spec/evidence.md §6.14"),
    /// The report is signed by the chip's own key.
    SNP_CHIP_KEY("snp-chip-key", "spec/evidence.md §6.14"),
    /// The cloud provider whose key signed is one that the policy names.
    SNP_CLOUD_PROVIDER("snp-cloud-provider", "spec/evidence.md §6.14"),
    /// What the Evidence says and nobody compares; it never refuses.
    LEFT_OPEN("left-open", "spec/evidence.md §6.15"),
    /// The enclave's kernel can't swap its memory.
    SWAP("swap", "spec/evidence.md §6.16"),
    /// Report data are about the key of the certificate that carries the Evidence.
    TLS_KEY_BOUND("tls-key-bound", "spec/evidence.md §11"),
    /// What was verified is still valid when it is appraised.
    EVIDENCE_CURRENT("evidence-current", "spec/evidence.md §6.7");

    private final String code;
    private final String section;

    FindingCode(String code, String section) {
        this.code = code;
        this.section = section;
    }

    /// The stable word, such as `report-data`.
    public String code() {
        return code;
    }

    /// Where the rule is written.
    public String section() {
        return section;
    }

    @Override
    public String toString() {
        return code;
    }
}
