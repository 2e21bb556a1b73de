package io.cloister.attestation.finding;

/// Every check there is. The code is stable: programs may match on it, and it never changes its
/// meaning.
public enum FindingCode {
    /// The document has the one form it must have.
    EVIDENCE_FORM("evidence-form", "spec/evidence.md §2"),
    /// The kind of the Evidence, or of an Endorsement, is one this version knows.
    EVIDENCE_KIND_KNOWN("evidence-kind-known", "spec/evidence.md §2"),
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
