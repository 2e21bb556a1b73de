package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Reads PEM as vendors write it (RFC 7468): blocks of one kind, white space between them, each in
/// canonical base64.
public final class Pem {
    private static final int MAX_LENGTH = 2 * 1024 * 1024;
    private static final int MAX_BLOCKS = 16;

    private Pem() {}

    /// Whether `text` begins as PEM does.
    public static boolean isPem(Bytes text) {
        return text.length() > 0 && text.at(0) == '-';
    }

    /// The content of each block of `text`, in order. A single NUL behind the last one is let pass:
    /// quotes carry their chain as a C string.
    ///
    /// @param label such as `CERTIFICATE`
    /// @param name of what it is, for failures
    /// @throws MalformedException if there is anything else than 1 to 16 blocks with that label
    public static List<Bytes> blocks(Bytes text, String label, String name)
            throws MalformedException {
        if (text.length() > MAX_LENGTH) {
            throw new MalformedException(
                    name, "at most " + MAX_LENGTH + " bytes", text.length() + " bytes");
        }
        String begin = "-----BEGIN " + label + "-----";
        String end = "-----END " + label + "-----";
        var blocks = new ArrayList<Bytes>();
        String rest = withoutNul(new String(text.toArray(), StandardCharsets.ISO_8859_1)).strip();
        while (!rest.isEmpty()) {
            // Behind the beginning: the dashes of one may be those of the other.
            int closing = rest.indexOf(end, begin.length());
            if (!rest.startsWith(begin) || closing < 0 || blocks.size() == MAX_BLOCKS) {
                throw new MalformedException(
                        name, "1 to " + MAX_BLOCKS + " PEM blocks " + label, rest);
            }
            blocks.add(decoded(rest.substring(begin.length(), closing), name));
            rest = rest.substring(closing + end.length()).strip();
        }
        if (blocks.isEmpty()) {
            throw new MalformedException(name, "a PEM block " + label, "none");
        }
        return List.copyOf(blocks);
    }

    private static String withoutNul(String text) {
        return text.endsWith("\0") ? text.substring(0, text.length() - 1) : text;
    }

    private static Bytes decoded(String body, String name) throws MalformedException {
        String compact = body.replace("\r", "").replace("\n", "").replace(" ", "");
        return Bytes.fromBase64(compact, name);
    }
}
