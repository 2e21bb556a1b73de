package io.cloister.crypto.cosmian;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.PublicSigningKey;

import org.bouncycastle.math.ec.rfc8032.Ed25519;

import java.security.SecureRandom;
import java.util.Arrays;

/// How a participant hands keys to an enclave, 176 bytes: an Ed25519 signature (64) over
/// computation id (16) ‖ box, and the box (112), sealed to the enclave's key, with [PreSharedKey] ‖
/// [SecretboxKey] in it.
///
/// The signature binds the signer and the computation; not the role, which the key has to imply,
/// and not the enclave, which only being able to open the box does.
public final class KeyBlob {
    /// Length in bytes.
    public static final int LENGTH =
            PublicSigningKey.SIGNATURE_LENGTH
                    + SealedBox.OVERHEAD
                    + PreSharedKey.LENGTH
                    + SecretboxKey.LENGTH;

    private final Bytes signature;
    private final Bytes box;

    private KeyBlob(Bytes signature, Bytes box) {
        this.signature = signature;
        this.box = box;
    }

    /// What a blob holds. Whoever has it closes both.
    ///
    /// @param preSharedKey of the words its sender was told
    /// @param key opens the sender's files, or seals results to the sender
    public record Content(PreSharedKey preSharedKey, SecretboxKey key) implements AutoCloseable {
        @Override
        public void close() {
            preSharedKey.close();
            key.close();
        }
    }

    /// Reads a blob; nothing of it is checked but its length.
    ///
    /// @throws RefusedException if it has not exactly 176 bytes
    public static KeyBlob parse(Bytes blob) throws RefusedException {
        if (blob.length() != LENGTH) {
            throw new RefusedException(RefusedException.Stage.LENGTH, "a key blob has 176 bytes");
        }
        int length = PublicSigningKey.SIGNATURE_LENGTH;
        return new KeyBlob(blob.slice(0, length), blob.slice(length, LENGTH - length));
    }

    /// Opens the blob if `signer` made it for this computation and this enclave.
    ///
    /// @throws RefusedException if not; the message says which check refused and is for nobody else
    public Content open(PublicSigningKey signer, ComputationId computation, EnclaveKey enclave)
            throws RefusedException {
        if (!Curve25519.verifies(signer, signed(computation, box), signature)) {
            throw new RefusedException(
                    RefusedException.Stage.SIGNATURE, "the signature of a key blob does not fit");
        }
        SecretExposure exposure = SecretExposure.acknowledged();
        try (SecretBytes opened = enclave.open(box)) {
            byte[] raw = opened.expose(exposure);
            byte[] psk = Arrays.copyOf(raw, PreSharedKey.LENGTH);
            byte[] key = Arrays.copyOfRange(raw, PreSharedKey.LENGTH, raw.length);
            try {
                return new Content(PreSharedKey.of(psk, exposure), SecretboxKey.of(key, exposure));
            } finally {
                Arrays.fill(raw, (byte) 0);
                Arrays.fill(psk, (byte) 0);
                Arrays.fill(key, (byte) 0);
            }
        }
    }

    /// Makes a blob, as a participant's client does.
    ///
    /// @param seed of the participant's Ed25519 key (RFC 8032 §5.1.5)
    /// @param enclave public form of the enclave's key
    /// @param random for the ephemeral key
    /// @throws RefusedException if nothing can be sealed to `enclave`
    public static Bytes seal(
            Content content,
            SecretBytes seed,
            ComputationId computation,
            PublicSigningKey enclave,
            SecureRandom random)
            throws RefusedException {
        SecretExposure exposure = SecretExposure.acknowledged();
        byte[] raw = new byte[PreSharedKey.LENGTH + SecretboxKey.LENGTH];
        byte[] psk = content.preSharedKey.expose(exposure);
        byte[] key = content.key.expose(exposure);
        System.arraycopy(psk, 0, raw, 0, psk.length);
        System.arraycopy(key, 0, raw, psk.length, key.length);
        byte[] signer = seed.expose(exposure);
        try (SecretBytes inside = SecretBytes.copyOf(raw, exposure)) {
            Bytes box = SealedBox.seal(inside, enclave, random);
            byte[] message = signed(computation, box).toArray();
            byte[] signature = new byte[PublicSigningKey.SIGNATURE_LENGTH];
            Ed25519.sign(signer, 0, message, 0, message.length, signature, 0);
            return Bytes.concat(Bytes.copyOf(signature), box);
        } finally {
            Arrays.fill(raw, (byte) 0);
            Arrays.fill(psk, (byte) 0);
            Arrays.fill(key, (byte) 0);
            Arrays.fill(signer, (byte) 0);
        }
    }

    /// What the signature is over.
    static Bytes signed(ComputationId computation, Bytes box) {
        return Bytes.concat(computation.value(), box);
    }
}
