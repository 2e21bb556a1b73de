package io.cloister.crypto;

import io.cloister.crypto.internal.CryptoLabels;
import io.cloister.crypto.internal.Hkdf;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The 128-bit secret of one invitation. It travels from the Owner to one person and never to the
/// server; with it the person's client tags the card it registers, and only the Owner's client can
/// check that tag.
///
/// **Guaranteed:** who does not know the secret cannot make a tag for any card, nor move one to
/// another computation. **Not guaranteed:** anything about who read the invitation on its way.
public final class InvitationSecret {
    /// Length of the secret in bytes.
    public static final int LENGTH = 16;

    /// Length of a tag in bytes.
    public static final int TAG_LENGTH = 32;

    private final SecretBytes secret;

    private InvitationSecret(SecretBytes secret) {
        this.secret = secret;
    }

    /// A fresh secret from `random`.
    public static InvitationSecret generate(SecureRandom random) {
        return new InvitationSecret(SecretBytes.random(LENGTH, random));
    }

    /// The secret as read from an invitation.
    ///
    /// @throws IllegalArgumentException if it has not exactly 16 bytes
    public static InvitationSecret of(SecretBytes secret) {
        if (secret.length() != LENGTH) {
            throw new IllegalArgumentException(
                    "an invitation's secret has 16 bytes, not " + secret.length());
        }
        return new InvitationSecret(secret);
    }

    /// The 16 bytes, for the invitation's text.
    public byte[] expose(SecretExposure exposure) {
        return secret.expose(exposure);
    }

    /// The tag to send beside a card: HMAC-SHA-256 over the card's payload bytes, under
    /// `HKDF-SHA-256(secret, salt = empty, info = label ‖ computation id)`.
    ///
    /// @param computation the computation the invitation is for
    /// @param cardPayload the card's payload bytes as signed
    /// @return 32 bytes
    public Bytes tag(ComputationId computation, Bytes cardPayload) {
        byte[] raw = secret.expose(SecretExposure.acknowledged());
        byte[] info = Bytes.concat(CryptoLabels.INVITATION_TAG, computation.value()).toArray();
        byte[] key = Hkdf.derive(raw, new byte[0], info, TAG_LENGTH);
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return Bytes.copyOf(mac.doFinal(cardPayload.toArray()));
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has HMAC-SHA-256", e);
        } finally {
            Arrays.fill(raw, (byte) 0);
            Arrays.fill(key, (byte) 0);
        }
    }

    /// Whether `tag` is the one of this card in this computation; takes the same time wherever the
    /// first difference is.
    public boolean accepts(ComputationId computation, Bytes cardPayload, Bytes tag) {
        return MessageDigest.isEqual(tag(computation, cardPayload).toArray(), tag.toArray());
    }

    /// Equal secrets, in constant time.
    @Override
    public boolean equals(Object other) {
        return other instanceof InvitationSecret that && secret.equals(that.secret);
    }

    @Override
    public int hashCode() {
        return LENGTH;
    }

    @Override
    public String toString() {
        return "InvitationSecret[16 bytes]";
    }
}
