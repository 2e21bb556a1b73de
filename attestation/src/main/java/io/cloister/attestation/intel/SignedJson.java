package io.cloister.attestation.intel;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// An answer of Intel's service: `{"NAME":BODY,"signature":"HEX"}` (PCS, "Get TCB Info"). What is
/// signed is the text of BODY as it came, so it is cut out of the answer and never written anew.
///
/// @param signedBytes the text of the body
/// @param body what this text says
/// @param signature `r ‖ s`, 64 bytes
record SignedJson(Bytes signedBytes, Json body, Bytes signature) {
    /// 256 KiB, 12 levels, 32,768 values: several times the largest that Intel serves.
    static final JsonLimits LIMITS = new JsonLimits(256 << 10, 12, 32_768);

    private static final int SIGNATURE_DIGITS = 128;

    static SignedJson parse(Bytes answer, String name) throws MalformedException {
        if (answer.length() > LIMITS.maxBytes()) {
            throw new MalformedException(
                    name, "at most " + LIMITS.maxBytes() + " bytes", answer.length() + " bytes");
        }
        return new Scanner(answer, name).read();
    }

    /// Finds where the body ends by its brackets. Whether what stands between is JSON is decided by
    /// the reader that then gets exactly these bytes.
    private static final class Scanner {
        private final byte[] text;
        private final String name;
        private int at;

        Scanner(Bytes answer, String name) {
            this.text = answer.toArray();
            this.name = name;
        }

        SignedJson read() throws MalformedException {
            expect("{");
            expect("\"" + name + "\"");
            expect(":");
            blanks();
            int from = at;
            skipObject();
            Bytes signedBytes = Bytes.copyOf(text).slice(from, at - from);
            expect(",");
            expect("\"signature\"");
            expect(":");
            expect("\"");
            Bytes signature = signature();
            expect("\"");
            expect("}");
            blanks();
            if (at < text.length) {
                throw malformed("the end");
            }
            return new SignedJson(
                    signedBytes, Json.parse(signedBytes.toArray(), LIMITS, name), signature);
        }

        private void skipObject() throws MalformedException {
            if (at >= text.length || text[at] != '{') {
                throw malformed("an object");
            }
            int end = endOfObject(text, at);
            if (end < 0) {
                at = text.length;
                throw malformed("the end of an object");
            }
            at = end;
        }

        /// Behind the bracket that closes the one at `from`; negative if none does.
        private static int endOfObject(byte[] text, int from) {
            int depth = 0;
            boolean inString = false;
            for (int i = from; i < text.length; i++) {
                byte c = text[i];
                if (inString) {
                    if (c == '\\') {
                        i++;
                    } else if (c == '"') {
                        inString = false;
                    }
                } else if (c == '"') {
                    inString = true;
                } else if (c == '{' || c == '[') {
                    depth++;
                } else if ((c == '}' || c == ']') && --depth == 0) {
                    return i + 1;
                }
            }
            return -1;
        }

        private Bytes signature() throws MalformedException {
            if (text.length - at < SIGNATURE_DIGITS) {
                throw malformed(SIGNATURE_DIGITS + " hexadecimal digits");
            }
            String digits = new String(text, at, SIGNATURE_DIGITS, StandardCharsets.ISO_8859_1);
            for (int i = 0; i < SIGNATURE_DIGITS; i++) {
                if (!HexFormat.isHexDigit(digits.charAt(i))) {
                    at += i;
                    throw malformed("a hexadecimal digit");
                }
            }
            at += SIGNATURE_DIGITS;
            return Bytes.copyOf(HexFormat.of().parseHex(digits));
        }

        private void expect(String token) throws MalformedException {
            blanks();
            for (int i = 0; i < token.length(); i++) {
                if (at + i >= text.length || text[at + i] != token.charAt(i)) {
                    throw malformed(token);
                }
            }
            at += token.length();
        }

        private void blanks() {
            while (at < text.length
                    && (text[at] == ' '
                            || text[at] == '\t'
                            || text[at] == '\r'
                            || text[at] == '\n')) {
                at++;
            }
        }

        private MalformedException malformed(String expected) {
            String came =
                    at >= text.length
                            ? "the end"
                            : new String(
                                    text,
                                    at,
                                    Math.min(20, text.length - at),
                                    StandardCharsets.ISO_8859_1);
            return new MalformedException(name, expected + " at offset " + at, came);
        }
    }
}
