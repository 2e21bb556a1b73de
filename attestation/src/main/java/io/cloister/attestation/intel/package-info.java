/// Intel SGX and TDX: quotes, collateral, and whether a quote is authentic (spec/evidence.md §9).
/// Document names: *Quote* is Intel's "SGX ECDSA Quote Library API" and "TDX DCAP Quoting Library
/// API", *SDM* volume 3D of Intel's developer manual, *PCS* the "Provisioning Certification
/// Service" API, *PCK profile* the "SGX PCK Certificate and CRL Profile Specification" 1.5.
@NullMarked
package io.cloister.attestation.intel;

import org.jspecify.annotations.NullMarked;
