package io.cloister.attestation.amd;

/// Addresses of AMD's key distribution service (AMD 57230, "KDS interface"): said to people where
/// something is missing. Nothing here is fetched.
final class KeyDistribution {
    private static final String SERVICE = "https://kdsintf.amd.com/";

    private KeyDistribution() {}

    /// Where the certificate of the key that signed `report` is.
    static String leaf(SnpReport report, String product) {
        if (report.signingKey() == SigningKey.VLEK) {
            return "the cloud provider, which hands it out with the report";
        }
        return SERVICE
                + "vcek/v1/"
                + product
                + "/{CHIP_ID}?{SPL of reported TCB "
                + report.reportedTcb()
                + "}";
    }

    /// Where the issuer's and the root's certificates are.
    static String chain(SigningKey key, String product) {
        return SERVICE + key.word() + "/v1/" + product + "/cert_chain";
    }

    /// Where the revocation list is.
    static String revocationList(SigningKey key, String product) {
        return SERVICE + key.word() + "/v1/" + product + "/crl";
    }
}
