package io.cloister.attestation.intel;

import io.cloister.protocol.Bytes;

/// What a quote is about.
public sealed interface QuoteBody permits SgxReport, TdReport {
    /// The 64 bytes that the enclave or TD had bound to the quote.
    Bytes reportData();
}
