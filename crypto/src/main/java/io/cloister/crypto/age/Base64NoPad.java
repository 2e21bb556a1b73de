package io.cloister.crypto.age;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/// RFC 4648 §4 base64 without padding, in its one canonical form.
final class Base64NoPad {
    private Base64NoPad() {}

    static String encode(byte[] data) {
        return Base64.getEncoder().withoutPadding().encodeToString(data);
    }

    /// @throws IllegalArgumentException if the text has padding, foreign characters or bits that
    ///   encode nothing
    static byte[] decode(String text) {
        return decode(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// @throws IllegalArgumentException as the other
    static byte[] decode(byte[] text) {
        byte[] data = Base64.getDecoder().decode(text);
        if (!Arrays.equals(Base64.getEncoder().withoutPadding().encode(data), text)) {
            throw new IllegalArgumentException("not canonical base64 without padding");
        }
        return data;
    }
}
