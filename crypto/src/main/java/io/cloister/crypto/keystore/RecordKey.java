package io.cloister.crypto.keystore;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.internal.CryptoLabels;
import io.cloister.crypto.internal.Hkdf;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The key that ties the records of a store under a passphrase to that store and to their places.
/// Sealing alone does not: anyone can seal to a recipient, and the store's is written in it.
///
/// **Guaranteed:** who has not opened the store can neither make a record nor change one nor move
/// one to another place. **Not guaranteed:** that a record is the newest of its place, or that none
/// is missing: an older one was as genuine.
final class RecordKey {
    private static final String MAC = "HmacSHA256";

    private final SecretBytes key;

    private RecordKey(SecretBytes key) {
        this.key = key;
    }

    /// `HKDF-SHA-256(text form of the store's own identity, salt = empty, info = label)`.
    static RecordKey of(Identity identity) {
        var exposure = SecretExposure.acknowledged();
        byte[] raw;
        try (SecretBytes text = identity.text(exposure)) {
            raw = text.expose(exposure);
        }
        byte[] derived =
                Hkdf.derive(
                        raw,
                        new byte[0],
                        CryptoLabels.KEYSTORE_RECORD.toArray(),
                        StoredRecord.TAG_LENGTH);
        try {
            return new RecordKey(SecretBytes.copyOf(derived, exposure));
        } finally {
            Arrays.fill(raw, (byte) 0);
            Arrays.fill(derived, (byte) 0);
        }
    }

    /// HMAC-SHA-256 over the place, a line's end, which no place has in it, and the content as
    /// stored.
    Bytes tag(StorePath place, Bytes stored) {
        byte[] raw = key.expose(SecretExposure.acknowledged());
        try {
            var mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(raw, MAC));
            mac.update(Bytes.utf8(place + "\n").toArray());
            return Bytes.copyOf(mac.doFinal(stored.toArray()));
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has HMAC-SHA-256", e);
        } finally {
            Arrays.fill(raw, (byte) 0);
        }
    }

    /// Whether `tag` is that of `stored` in this place, in constant time.
    boolean accepts(StorePath place, Bytes stored, Bytes tag) {
        return MessageDigest.isEqual(tag(place, stored).toArray(), tag.toArray());
    }

    @Override
    public String toString() {
        return "RecordKey[]";
    }
}
