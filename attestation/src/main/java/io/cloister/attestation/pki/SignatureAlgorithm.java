package io.cloister.attestation.pki;

/// The algorithms with which vendors sign certificates, revocation lists and collateral. There are
/// no others.
public enum SignatureAlgorithm {
    /// ECDSA on P-256 with SHA-256 (FIPS 186-5): everything of Intel's.
    ECDSA_P256_SHA256("1.2.840.10045.4.3.2"),
    /// RSASSA-PSS of 4096 bits with SHA-384, MGF1 with SHA-384 and 48 bytes of salt (RFC 8017
    /// §8.1): AMD's certificates and revocation lists.
    RSA4096_PSS_SHA384("1.2.840.113549.1.1.10");

    private final String oid;

    SignatureAlgorithm(String oid) {
        this.oid = oid;
    }

    /// The object identifier in certificates.
    public String oid() {
        return oid;
    }
}
