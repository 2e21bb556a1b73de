package io.cloister.attestation.amd.launch;

import io.cloister.protocol.CloisterBugException;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// SHA-384 of the JDK.
final class Sha384Digest {
    /// Length in bytes.
    static final int LENGTH = 48;

    private Sha384Digest() {}

    static MessageDigest create() {
        try {
            return MessageDigest.getInstance("SHA-384");
        } catch (NoSuchAlgorithmException e) {
            throw new CloisterBugException("every JDK has SHA-384", e);
        }
    }
}
