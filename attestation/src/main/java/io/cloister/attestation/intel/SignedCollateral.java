package io.cloister.attestation.intel;

import io.cloister.attestation.pki.EcCurve;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.security.interfaces.ECPublicKey;

/// A document of Intel's service with its signature, read but not verified. Immutable; equal to
/// itself only.
///
/// @param <T> [TcbInfo] or [QeIdentity]
public final class SignedCollateral<T> {
    static final String TCB_INFO = "tcbInfo";
    static final String ENCLAVE_IDENTITY = "enclaveIdentity";

    private final T document;
    private final Bytes signedBytes;
    private final Bytes signature;

    private SignedCollateral(T document, SignedJson json) {
        this.document = document;
        this.signedBytes = json.signedBytes();
        this.signature = json.signature();
    }

    /// Reads `{"tcbInfo":…,"signature":…}`.
    ///
    /// @param answer the bytes that Intel's service answered, at most 256 KiB
    /// @throws MalformedException if they are anything else, naming member or offset
    public static SignedCollateral<TcbInfo> tcbInfo(Bytes answer) throws MalformedException {
        SignedJson json = SignedJson.parse(answer, TCB_INFO);
        return new SignedCollateral<>(TcbInfo.read(json.body()), json);
    }

    /// Reads `{"enclaveIdentity":…,"signature":…}`.
    ///
    /// @param answer the bytes that Intel's service answered, at most 256 KiB
    /// @throws MalformedException if they are anything else, naming member or offset
    public static SignedCollateral<QeIdentity> qeIdentity(Bytes answer) throws MalformedException {
        SignedJson json = SignedJson.parse(answer, ENCLAVE_IDENTITY);
        return new SignedCollateral<>(QeIdentity.read(json.body()), json);
    }

    /// What it says.
    public T document() {
        return document;
    }

    /// How many bytes are signed.
    int length() {
        return signedBytes.length();
    }

    /// Whether `key` signed it. Says nothing of whose key that is.
    public boolean isSignedBy(ECPublicKey key, SignatureChecks checks) {
        return checks.raw(EcCurve.P256, key, signedBytes, signature);
    }
}
