/// Verifies and appraises Evidence. No network.
module io.cloister.attestation {
    requires transitive io.cloister.protocol;
    requires static org.jspecify;

    exports io.cloister.attestation.amd;
    exports io.cloister.attestation.amd.launch;
    exports io.cloister.attestation.appraisal;
    exports io.cloister.attestation.endorsement;
    exports io.cloister.attestation.evidence;
    exports io.cloister.attestation.finding;
    exports io.cloister.attestation.intel;
    exports io.cloister.attestation.measurement;
    exports io.cloister.attestation.pki;
    exports io.cloister.attestation.platform;
    exports io.cloister.attestation.runtime;
}
