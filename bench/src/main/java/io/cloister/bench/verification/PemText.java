package io.cloister.bench.verification;

import io.cloister.protocol.Bytes;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/// Certificates as PEM (RFC 7468).
final class PemText {
    private static final Base64.Encoder LINES =
            Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

    private PemText() {}

    static Bytes of(List<Bytes> certificates) {
        var text = new StringBuilder();
        for (Bytes der : certificates) {
            text.append("-----BEGIN CERTIFICATE-----\n")
                    .append(LINES.encodeToString(der.toArray()))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return Bytes.utf8(text.toString());
    }
}
