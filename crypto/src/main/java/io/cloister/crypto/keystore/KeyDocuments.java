package io.cloister.crypto.keystore;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.Identity;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The two documents of a computation's folder that the store itself reads: its name and its keys.
final class KeyDocuments {
    private static final String NAME_TYPE = "cloister/keystore-name/v1";
    private static final String KEYS_TYPE = "cloister/keystore-keys/v1";
    private static final int MAX_TEXT = 1024;

    private KeyDocuments() {}

    static Bytes writeName(KeyName name) {
        return Bytes.copyOf(
                CanonicalJson.write(
                        Json.object()
                                .put("type", NAME_TYPE)
                                .put("server", name.server())
                                .put("computation", name.computation().toString())
                                .build()));
    }

    static KeyName readName(Bytes content, String path) throws MalformedException {
        Json json = CanonicalJson.parse(content.toArray(), JsonLimits.MESSAGE, path);
        Fields fields = Fields.of(json, path);
        fields.constant("type", NAME_TYPE);
        KeyName name = name(fields);
        fields.end();
        return name;
    }

    private static KeyName name(Fields fields) throws MalformedException {
        String server = fields.string("server", 1, MAX_TEXT);
        var name = KeyName.of(server, fields.text("computation", ComputationId::parse));
        if (!name.server().equals(server)) {
            throw new MalformedException(fields.path("server"), name.server(), server);
        }
        return name;
    }

    static SecretBytes writeKeys(KeyName name, ParticipantKeys keys) {
        var exposure = SecretExposure.acknowledged();
        byte[] seed = keys.signing().seed(exposure).expose(exposure);
        byte[] json =
                CanonicalJson.write(
                        Json.object()
                                .put("type", KEYS_TYPE)
                                .put("server", name.server())
                                .put("computation", name.computation().toString())
                                .put("signing", Bytes.copyOf(seed).hex())
                                .put("receive", text(keys.receive()))
                                .put("encrypt", text(keys.encrypt()))
                                .build());
        try {
            return SecretBytes.copyOf(json, exposure);
        } finally {
            Arrays.fill(seed, (byte) 0);
            Arrays.fill(json, (byte) 0);
        }
    }

    /// @throws MalformedException if the content is malformed or the keys are another
    ///   computation's. Its message may quote a key: callers drop it
    static ParticipantKeys readKeys(SecretBytes content, KeyName expected)
            throws MalformedException {
        byte[] utf8 = content.expose(SecretExposure.acknowledged());
        try {
            Json json = CanonicalJson.parse(utf8, JsonLimits.MESSAGE, "keys");
            Fields fields = Fields.of(json, "keys");
            fields.constant("type", KEYS_TYPE);
            if (!name(fields).equals(expected)) {
                throw new MalformedException("keys", "keys of " + expected, "those of another");
            }
            var keys =
                    new ParticipantKeys(
                            fields.text("signing", KeyDocuments::signingKey),
                            fields.text("receive", KeyDocuments::identity),
                            fields.text("encrypt", KeyDocuments::identity));
            fields.end();
            return keys;
        } finally {
            Arrays.fill(utf8, (byte) 0);
        }
    }

    private static SigningKey signingKey(String hex, String path) throws MalformedException {
        Bytes seed = Bytes.fromHex(hex, path);
        if (seed.length() != SigningKey.SEED_LENGTH) {
            throw new MalformedException(path, "32 bytes", seed.length() + " bytes");
        }
        return SigningKey.fromSeed(
                SecretBytes.copyOf(seed.toArray(), SecretExposure.acknowledged()));
    }

    private static Identity identity(String text, String path) throws MalformedException {
        byte[] ascii = text.getBytes(StandardCharsets.ISO_8859_1);
        return Identity.parse(SecretBytes.copyOf(ascii, SecretExposure.acknowledged()), path);
    }

    private static String text(Identity identity) {
        byte[] ascii =
                identity.text(SecretExposure.acknowledged()).expose(SecretExposure.acknowledged());
        return new String(ascii, StandardCharsets.US_ASCII);
    }
}
