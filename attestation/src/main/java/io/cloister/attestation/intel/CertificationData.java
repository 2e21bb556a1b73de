package io.cloister.attestation.intel;

import io.cloister.protocol.Bytes;

/// What a quote says of the key that certifies its quoting enclave: a hint of where to find the PCK
/// certificate, or the certificate itself (Quote, "QE Certification Data").
///
/// @param type 1 platform id in the clear, 2 and 3 encrypted, 4 the PCK certificate, 5 its chain
/// @param data the bytes, not signed by anything: certificates among them are believed for what
///   they chain to, the rest not at all
public record CertificationData(int type, Bytes data) {
    static final int FIRST = 1;
    static final int PCK_LEAF = 4;
    static final int PCK_CHAIN = 5;
    static final int QE_REPORT = 6;

    /// Whether it holds certificates.
    public boolean isCertificates() {
        return type == PCK_LEAF || type == PCK_CHAIN;
    }
}
