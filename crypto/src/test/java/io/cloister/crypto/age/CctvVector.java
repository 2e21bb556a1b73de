package io.cloister.crypto.age;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.InflaterInputStream;

/// One of C2SP's test vectors for age.
///
/// @param name file name
/// @param expect what must happen, in the vectors' words
/// @param payload digest of everything that is given out, failure or not
/// @param identities keys to open with
/// @param passphrases passphrases to open with
/// @param armored whether the file is armored
/// @param file the age file
record CctvVector(
        String name,
        String expect,
        Optional<Sha256> payload,
        List<Identity> identities,
        List<Passphrase> passphrases,
        boolean armored,
        Bytes file) {
    static CctvVector parse(String name, byte[] content) throws IOException, MalformedException {
        String expect = "";
        Optional<Sha256> payload = Optional.empty();
        List<Identity> identities = new ArrayList<>();
        List<Passphrase> passphrases = new ArrayList<>();
        boolean armored = false;
        boolean compressed = false;
        int position = 0;
        while (true) {
            int end = position;
            while (content[end] != '\n') {
                end++;
            }
            String line = new String(content, position, end - position, StandardCharsets.UTF_8);
            position = end + 1;
            if (line.isEmpty()) {
                break;
            }
            String[] keyAndValue = line.split(": ", 2);
            String value = keyAndValue[1];
            switch (keyAndValue[0]) {
                case "expect" -> expect = value;
                case "payload" -> payload = Optional.of(new Sha256(Bytes.fromHex(value, name)));
                case "identity" -> identities.add(identity(value));
                case "passphrase" -> passphrases.add(Passphrase.of(value.toCharArray()));
                case "armored" -> armored = value.equals("yes");
                case "compressed" -> compressed = value.equals("zlib");
                case "file key", "comment" -> {}
                default -> throw new IOException(name + ": unknown key " + keyAndValue[0]);
            }
        }
        byte[] file = Arrays.copyOfRange(content, position, content.length);
        if (compressed) {
            try (var inflater = new InflaterInputStream(new ByteArrayInputStream(file))) {
                file = inflater.readAllBytes();
            }
        }
        return new CctvVector(
                name, expect, payload, identities, passphrases, armored, Bytes.copyOf(file));
    }

    private static Identity identity(String text) throws MalformedException {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        return Identity.parse(SecretBytes.copyOf(ascii, SecretExposure.acknowledged()), "identity");
    }

    /// What opens it; two vectors name no key since they fail before one is needed.
    Opening opening() {
        if (!passphrases.isEmpty()) {
            return Opening.with(passphrases.getFirst());
        }
        return identities.isEmpty()
                ? Opening.with(Identity.generate(new SecureRandom()))
                : Opening.with(identities);
    }
}
