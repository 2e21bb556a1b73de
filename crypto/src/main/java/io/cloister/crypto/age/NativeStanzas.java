package io.cloister.crypto.age;

import com.exceptionfactory.jagged.RecipientStanza;

import io.cloister.crypto.age.AgeException.Stage;

import java.util.Arrays;
import java.util.List;

/// Checks the shape of stanzas of the types that this module knows, before any of them is opened.
/// Stanzas of other types are left alone.
final class NativeStanzas {
    static final String X25519_TYPE = "X25519";

    private NativeStanzas() {}

    /// @throws AgeException at stage [Stage#HEADER] if a known stanza has another shape than the
    ///   age specification gives it, or stands where it must not
    static void check(List<RecipientStanza> stanzas) throws AgeException {
        for (RecipientStanza stanza : stanzas) {
            switch (stanza.getType()) {
                case X25519_TYPE -> checkX25519(stanza);
                case HybridStanza.TYPE -> checkHybrid(stanza);
                case ScryptStanza.TYPE -> checkScrypt(stanza, stanzas.size());
                default -> {}
            }
        }
    }

    private static void checkX25519(RecipientStanza stanza) throws AgeException {
        requireArguments(stanza, 1);
        byte[] share = argument(stanza, X25519.LENGTH);
        requireLargeOrder(stanza, share);
        requireBody(stanza);
    }

    private static void checkHybrid(RecipientStanza stanza) throws AgeException {
        requireArguments(stanza, 1);
        byte[] enc = argument(stanza, XWing.ENCAPSULATION_LENGTH);
        requireLargeOrder(stanza, Arrays.copyOfRange(enc, XWing.ENCAPSULATION_SPLIT, enc.length));
        requireBody(stanza);
    }

    private static void checkScrypt(RecipientStanza stanza, int stanzas) throws AgeException {
        // A second stanza would let somebody else open what looks protected by the passphrase
        // alone.
        if (stanzas != 1) {
            throw refused(stanza, "must be the only stanza, not one of " + stanzas);
        }
        requireArguments(stanza, 2);
        argument(stanza, ScryptStanza.SALT_LENGTH);
        int workFactor = workFactor(stanza);
        requireBody(stanza);
        if (ScryptStanza.stride(workFactor).isEmpty()) {
            throw refused(
                    stanza,
                    "work factor " + workFactor + " needs more memory than this program may use");
        }
    }

    private static int workFactor(RecipientStanza stanza) throws AgeException {
        String text = stanza.getArguments().getLast();
        if (!text.matches("[1-9][0-9]?")) {
            throw refused(stanza, "needs a work factor in decimal");
        }
        int workFactor = Integer.parseInt(text);
        if (workFactor > Passphrase.MAX_WORK_FACTOR) {
            throw refused(
                    stanza,
                    "work factor " + workFactor + " is above " + Passphrase.MAX_WORK_FACTOR);
        }
        return workFactor;
    }

    private static void requireArguments(RecipientStanza stanza, int expected) throws AgeException {
        int actual = stanza.getArguments().size();
        if (actual != expected) {
            throw refused(
                    stanza, "expected " + expected + " arguments after the type, got " + actual);
        }
    }

    private static byte[] argument(RecipientStanza stanza, int expected) throws AgeException {
        byte[] value;
        try {
            value = Base64NoPad.decode(stanza.getArguments().getFirst());
        } catch (IllegalArgumentException _) {
            throw refused(stanza, "argument 1 must be canonical base64 without padding");
        }
        if (value.length != expected) {
            throw refused(
                    stanza, "argument 1 must have " + expected + " bytes, has " + value.length);
        }
        return value;
    }

    private static void requireLargeOrder(RecipientStanza stanza, byte[] share)
            throws AgeException {
        if (X25519.isLowOrder(share)) {
            throw refused(
                    stanza, "the X25519 share has low order: its shared secret would be all zeros");
        }
    }

    private static void requireBody(RecipientStanza stanza) throws AgeException {
        int actual = stanza.getBody().length;
        if (actual != FileKeyWrap.WRAPPED_LENGTH) {
            throw refused(
                    stanza,
                    "the body must have " + FileKeyWrap.WRAPPED_LENGTH + " bytes, has " + actual);
        }
    }

    private static AgeException refused(RecipientStanza stanza, String why) {
        return new AgeException(
                Stage.HEADER, "age header, " + stanza.getType() + " stanza: " + why);
    }
}
