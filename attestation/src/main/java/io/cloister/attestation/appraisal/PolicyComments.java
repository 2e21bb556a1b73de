package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;

/// Lets people write comments into a policy file: from `//` outside a string to the end of the
/// line. They are no part of the policy, nor of its digest.
final class PolicyComments {
    private PolicyComments() {}

    /// The same bytes with a blank for each byte of a comment, so that offsets stay as they are.
    static byte[] blanked(Bytes file) {
        byte[] text = file.toArray();
        boolean inString = false;
        for (int i = 0; i < text.length; i++) {
            if (inString) {
                if (text[i] == '\\') {
                    i++;
                } else if (text[i] == '"') {
                    inString = false;
                }
            } else if (text[i] == '"') {
                inString = true;
            } else if (text[i] == '/' && i + 1 < text.length && text[i + 1] == '/') {
                while (i < text.length && text[i] != '\n') {
                    text[i++] = ' ';
                }
            }
        }
        return text;
    }
}
