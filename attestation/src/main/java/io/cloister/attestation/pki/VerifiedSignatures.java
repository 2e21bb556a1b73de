package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.util.LinkedHashMap;
import java.util.Map;

/// Remembers signatures that verified, by a digest over all that was checked; the ones not asked
/// for longest are forgotten first. Only that a signature verifies is remembered: dates, revocation
/// and comparisons are no part of it. Safe for use by many threads.
final class VerifiedSignatures {
    private static final int MAX = 512;

    private final Map<Sha256, Boolean> verified =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Sha256, Boolean> eldest) {
                    return size() > MAX;
                }
            };

    /// What a signature check is told by: every part with its length before it.
    static Sha256 of(SignatureAlgorithm algorithm, PublicKey key, Bytes message, Bytes signature) {
        MessageDigest digest = Sha256.newDigest();
        add(digest, algorithm.oid().getBytes(StandardCharsets.US_ASCII));
        add(digest, key.getEncoded());
        add(digest, message.toArray());
        add(digest, signature.toArray());
        return Sha256.finish(digest);
    }

    private static void add(MessageDigest digest, byte[] part) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, part.length));
        digest.update(part);
    }

    synchronized boolean has(Sha256 check) {
        return verified.getOrDefault(check, false);
    }

    synchronized void add(Sha256 check) {
        verified.put(check, true);
    }
}
