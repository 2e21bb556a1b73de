package io.cloister.crypto.grant;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.Identity;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Optional;

/// A participant's approval of one agreement in one enclave, with the key that opens what the
/// participant encrypted (spec/grant.md §1). It takes the agreement's terms whole; it may only
/// lower the runs and bring the expiry forward. It leaves its maker only [sealed][SealedEnvelopes].
///
/// **Not guaranteed:** the key passes through strings while a grant is written or read, which a JVM
/// cannot wipe.
///
/// @param agreement digest of the agreement
/// @param identity digest of the enclave's identity
/// @param signer who approves
/// @param runs at most this many runs in this enclave, 1 to 1,000,000
/// @param notAfter no run starts after this instant, whole seconds
/// @param decryptionKey opens what the signer encrypted: of Code and Data Providers only
/// @param inputs a Data Provider's signed input list for run 1
/// @param issuedAt whole seconds, the signer's clock
public record Grant(
        Sha256 agreement,
        Sha256 identity,
        Email signer,
        long runs,
        Instant notAfter,
        Optional<Identity> decryptionKey,
        Optional<Envelope> inputs,
        Instant issuedAt) {
    /// The signed document.
    public static final DocumentType<Grant> TYPE = new Type();

    public Grant {
        if (runs < 1 || runs > Terms.MAX_RUNS) {
            throw new IllegalArgumentException("a grant is for 1 to 1,000,000 runs, not " + runs);
        }
        if (!isWhole(notAfter) || !isWhole(issuedAt)) {
            throw new IllegalArgumentException("a grant counts whole seconds");
        }
    }

    private static boolean isWhole(Instant instant) {
        return instant.equals(instant.truncatedTo(ChronoUnit.SECONDS));
    }

    /// Without the key, even its public half.
    @Override
    public String toString() {
        return "Grant[" + signer + ", agreement " + agreement + ", identity " + identity + "]";
    }

    private static final class Type implements DocumentType<Grant> {
        @Override
        public String payloadType() {
            return Labels.GRANT;
        }

        @Override
        public String name() {
            return "grant";
        }

        @Override
        public Grant read(Json payload) throws MalformedException {
            Fields fields = Fields.of(payload, name());
            fields.constant("type", payloadType());
            var grant =
                    new Grant(
                            fields.sha256("agreement"),
                            fields.sha256("identity"),
                            fields.text("signer", Email::parse),
                            fields.integer("runs", 1, Terms.MAX_RUNS),
                            Instant.ofEpochSecond(fields.integer("notAfter", 0, Terms.MAX_INSTANT)),
                            fields.optionalText("decryptionKey", Type::key),
                            fields.optional("inputs", Envelope::read),
                            Instant.ofEpochSecond(
                                    fields.integer("issuedAt", 0, Terms.MAX_INSTANT)));
            fields.end();
            return grant;
        }

        private static Identity key(String text, String path) throws MalformedException {
            byte[] raw = text.getBytes(StandardCharsets.UTF_8);
            try (var secret = SecretBytes.copyOf(raw, SecretExposure.acknowledged())) {
                return Identity.parse(secret, path);
            } finally {
                Arrays.fill(raw, (byte) 0);
            }
        }

        @Override
        public Json write(Grant grant) {
            JsonObjectBuilder json =
                    Json.object()
                            .put("type", payloadType())
                            .put("agreement", grant.agreement.toString())
                            .put("identity", grant.identity.toString())
                            .put("signer", grant.signer.value())
                            .put("runs", grant.runs)
                            .put("notAfter", grant.notAfter.getEpochSecond())
                            .put("issuedAt", grant.issuedAt.getEpochSecond());
            grant.decryptionKey.ifPresent(key -> json.put("decryptionKey", text(key)));
            grant.inputs.ifPresent(inputs -> json.put("inputs", inputs.toJson()));
            return json.build();
        }

        private static String text(Identity key) {
            SecretExposure exposure = SecretExposure.acknowledged();
            try (SecretBytes text = key.text(exposure)) {
                byte[] raw = text.expose(exposure);
                try {
                    return new String(raw, StandardCharsets.US_ASCII);
                } finally {
                    Arrays.fill(raw, (byte) 0);
                }
            }
        }
    }
}
