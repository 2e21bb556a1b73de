/// Verifies and appraises Evidence. No network.
module io.cloister.attestation {
    requires transitive io.cloister.protocol;
    requires static org.jspecify;
}
