package io.cloister.crypto.internal;

import io.cloister.protocol.CloisterBugException;

import java.security.GeneralSecurityException;

import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// HKDF with SHA-256 (RFC 5869).
///
/// Specification: [RFC 5869](https://www.rfc-editor.org/rfc/rfc5869)
public final class Hkdf {
    private Hkdf() {}

    /// HKDF-Extract and then HKDF-Expand.
    ///
    /// @param inputKey `IKM`
    /// @param salt `salt`; empty means a string of zeros (RFC 5869 §2.2)
    /// @param info `info`
    /// @param length `L`, in bytes, at most 8160
    public static byte[] derive(byte[] inputKey, byte[] salt, byte[] info, int length) {
        return run(extraction(inputKey, salt).thenExpand(info, length));
    }

    /// HKDF-Extract alone.
    ///
    /// @param inputKey `IKM`
    /// @param salt `salt`; empty means a string of zeros
    /// @return `PRK`, 32 bytes
    public static byte[] extract(byte[] inputKey, byte[] salt) {
        return run(extraction(inputKey, salt).extractOnly());
    }

    /// HKDF-Expand alone.
    ///
    /// @param pseudorandomKey `PRK`, at least 32 bytes
    /// @param info `info`
    /// @param length `L`, in bytes, at most 8160
    public static byte[] expand(byte[] pseudorandomKey, byte[] info, int length) {
        SecretKey key = new SecretKeySpec(pseudorandomKey, "Generic");
        return run(HKDFParameterSpec.expandOnly(key, info, length));
    }

    private static HKDFParameterSpec.Builder extraction(byte[] inputKey, byte[] salt) {
        var builder = HKDFParameterSpec.ofExtract().addIKM(inputKey);
        return salt.length == 0 ? builder : builder.addSalt(salt);
    }

    private static byte[] run(HKDFParameterSpec parameters) {
        try {
            return KDF.getInstance("HKDF-SHA256").deriveData(parameters);
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("JDK 25 has HKDF-SHA256", e);
        }
    }
}
