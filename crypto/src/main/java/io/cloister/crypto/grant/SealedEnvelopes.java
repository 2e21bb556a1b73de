package io.cloister.crypto.grant;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.age.Sealing;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Padme;
import io.cloister.protocol.dsse.Envelope;

import java.util.Arrays;
import java.util.List;

/// Signed documents on their way into an enclave: the envelope's canonical JSON, blanks up to its
/// [Padme] length, as an age file for the recipient the enclave attests (spec/grant.md §3).
///
/// **Guaranteed:** only the enclave opens it, and its size tells nothing of names or the number of
/// files beyond Padmé. **Not guaranteed:** who sealed it: the signature inside says that, and must
/// be verified after opening.
public final class SealedEnvelopes {
    /// Largest sealed document in bytes: 4 MiB.
    public static final int MAX_BYTES = 4 << 20;

    /// Room for the age header and the tags of the payload's chunks.
    private static final int OVERHEAD = 16 << 10;

    private static final int MAX_CLEAR = MAX_BYTES - OVERHEAD;

    /// What a document is padded to at least: a consumer's grant is as long as one with a few
    /// inputs.
    private static final int LEAST_CLEAR = 8 << 10;

    private SealedEnvelopes() {}

    /// Seals a signed document to `recipient`.
    ///
    /// @throws IllegalArgumentException if it is too large
    public static Bytes seal(Envelope envelope, Recipient recipient) {
        byte[] json = envelope.toJson().canonical();
        int length = Math.clamp(Padme.length(json.length), LEAST_CLEAR, MAX_CLEAR);
        if (json.length > length) {
            throw new IllegalArgumentException(
                    "a sealed document has at most " + MAX_BYTES + " bytes");
        }
        byte[] padded = Arrays.copyOf(json, length);
        Arrays.fill(padded, json.length, length, (byte) ' ');
        try {
            return Sealing.to(List.of(recipient)).file(padded);
        } finally {
            Arrays.fill(json, (byte) 0);
            Arrays.fill(padded, (byte) 0);
        }
    }

    /// Opens a sealed document; its signature is still to be verified.
    ///
    /// @throws AgeException if it was not sealed to `identity`, was changed, or is too large
    /// @throws MalformedException if there is no envelope inside. Its message may quote what is
    ///   inside: never pass it on
    public static Envelope open(Bytes sealed, Identity identity)
            throws AgeException, MalformedException {
        try (SecretBytes clear = Opening.with(identity).open(sealed, MAX_CLEAR)) {
            byte[] json = clear.expose(SecretExposure.acknowledged());
            try {
                return Envelope.parse(json, "sealed document");
            } finally {
                Arrays.fill(json, (byte) 0);
            }
        }
    }
}
