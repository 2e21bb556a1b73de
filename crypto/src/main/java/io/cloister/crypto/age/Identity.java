package io.cloister.crypto.age;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;

/// What opens files sealed to its [recipient][#recipient]: an age private key.
///
/// Identities compare by their secret, in constant time; `toString` shows the recipient only.
/// Immutable and safe for use by several threads.
public sealed interface Identity permits HybridIdentity, X25519Identity {
    /// A fresh identity of the default kind, the post-quantum hybrid, from `random`.
    static Identity generate(SecureRandom random) {
        return HybridIdentity.generate(random);
    }

    /// Reads `AGE-SECRET-KEY-PQ-1…` or `AGE-SECRET-KEY-1…`.
    ///
    /// @param text ASCII
    /// @param path names the text in errors, which never quote it
    /// @throws MalformedException if the text is no such identity in its one canonical form
    static Identity parse(SecretBytes text, String path) throws MalformedException {
        byte[] raw = text.expose(SecretExposure.acknowledged());
        try {
            String string = new String(raw, StandardCharsets.ISO_8859_1);
            return string.startsWith(HybridIdentity.PREFIX + "1")
                    ? HybridIdentity.parse(string, path)
                    : X25519Identity.parse(string, path);
        } finally {
            Arrays.fill(raw, (byte) 0);
        }
    }

    /// Whom to seal to so that this identity opens.
    Recipient recipient();

    /// The text form in ASCII, as age tools and [#parse] read it.
    SecretBytes text(SecretExposure exposure);
}
