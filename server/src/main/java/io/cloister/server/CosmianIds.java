package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.json.Json;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/// How the Cosmian dialect writes ids, roles and fingerprints.
final class CosmianIds {
    private static final Pattern UUID_FORM =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final int FINGERPRINT_BYTES = 8;

    private CosmianIds() {}

    /// A fresh id, which is a UUID of version 4 (RFC 9562 §5.4), as some readers demand.
    static ComputationId random(SecureRandom random) {
        byte[] bytes = new byte[ComputationId.LENGTH];
        random.nextBytes(bytes);
        bytes[6] = (byte) ((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte) ((bytes[8] & 0x3f) | 0x80);
        return new ComputationId(Bytes.copyOf(bytes));
    }

    /// Reads a computation's id in the form of a UUID.
    ///
    /// @throws MalformedException if it is anything else
    static ComputationId computation(String text) throws MalformedException {
        if (!UUID_FORM.matcher(text).matches()) {
            throw new MalformedException("id", "a UUID", text);
        }
        return ComputationId.parse(text.replace("-", ""), "id");
    }

    static String of(ComputationId computation) {
        return dashed(computation.toString());
    }

    /// The id of whoever has this e-mail: always the same, and nobody else's.
    static String of(Email email) {
        return derived("account " + email);
    }

    /// The id of a run.
    static String ofRun(ComputationId computation, long enclave, long run) {
        return derived("run " + computation + " " + enclave + " " + run);
    }

    /// A UUID of version 8 (RFC 9562 §5.8).
    private static String derived(String what) {
        byte[] bytes = Sha256.of(Bytes.utf8(what)).value().toArray();
        bytes[6] = (byte) ((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte) ((bytes[8] & 0x3f) | 0x80);
        return dashed(Bytes.copyOf(bytes).hex().substring(0, 2 * ComputationId.LENGTH));
    }

    private static String dashed(String digits) {
        return new UUID(
                        Long.parseUnsignedLong(digits.substring(0, 16), 16),
                        Long.parseUnsignedLong(digits.substring(16), 16))
                .toString();
    }

    /// A role in the words of the dialect.
    static String of(Role role) {
        return switch (role) {
            case CODE_PROVIDER -> "CodeProvider";
            case DATA_PROVIDER -> "DataProvider";
            case RESULT_CONSUMER -> "ResultConsumer";
        };
    }

    /// Reads a role.
    ///
    /// @throws MalformedException if there is no such word, naming `path`
    static Role role(String text, String path) throws MalformedException {
        for (Role role : Role.values()) {
            if (of(role).equals(text)) {
                return role;
            }
        }
        throw new MalformedException(path, "CodeProvider, DataProvider or ResultConsumer", text);
    }

    /// The last bytes of a key's SHA3-256, as numbers.
    static Json fingerprint(PublicSigningKey key) {
        byte[] digest;
        try {
            digest = MessageDigest.getInstance("SHA3-256").digest(key.value().toArray());
        } catch (NoSuchAlgorithmException e) {
            throw new CloisterBugException("every JDK has SHA3-256", e);
        }
        return numbers(
                Bytes.copyOf(digest).hex().substring(2 * (digest.length - FINGERPRINT_BYTES)));
    }

    /// Bytes as numbers, as the dialect writes them.
    static Json numbers(PublicSigningKey key) {
        return numbers(key.value().hex());
    }

    private static Json numbers(String hex) {
        List<Json> numbers = new ArrayList<>();
        for (int i = 0; i < hex.length(); i += 2) {
            numbers.add(Json.of(Long.parseLong(hex.substring(i, i + 2), 16)));
        }
        return Json.array(numbers);
    }
}
