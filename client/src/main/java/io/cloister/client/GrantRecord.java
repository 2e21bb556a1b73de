package io.cloister.client;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A grant this client made; it was recorded before it was sent. Repeating it sends the same bytes.
///
/// @param agreement digest of the agreement
/// @param identity digest of the enclave's identity
/// @param identityBytes the identity's canonical bytes
/// @param grant digest of the grant
/// @param inputList digest of the input list inside, for a Data Provider
/// @param shown digest of the inputs its signer was shown, see [#digestOf]
/// @param runs how many runs it allows
/// @param notAfter until when
/// @param issuedAt when it was made, this client's clock
/// @param measurement of the enclave, as `kind:hex`
/// @param policy digest of the policy the enclave was appraised with
/// @param sealed what is sent
/// @param sent whether the server acknowledged it
public record GrantRecord(
        Sha256 agreement,
        Sha256 identity,
        Bytes identityBytes,
        Sha256 grant,
        Optional<Sha256> inputList,
        Sha256 shown,
        long runs,
        Instant notAfter,
        Instant issuedAt,
        String measurement,
        Sha256 policy,
        Bytes sealed,
        boolean sent) {
    private static final int MAX_IDENTITY = 16 << 10;
    private static final int MAX_SEALED = 4 << 20;

    /// What stands for inputs in [#shown]: SHA-256 over their canonical JSON, in order.
    static Sha256 digestOf(List<StoredInput> inputs) {
        return Sha256.of(
                CanonicalJson.write(Json.array(inputs.stream().map(StoredInput::toJson).toList())));
    }

    GrantRecord acknowledged() {
        return new GrantRecord(
                agreement,
                identity,
                identityBytes,
                grant,
                inputList,
                shown,
                runs,
                notAfter,
                issuedAt,
                measurement,
                policy,
                sealed,
                true);
    }

    static GrantRecord read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var grant =
                new GrantRecord(
                        fields.sha256("agreement"),
                        fields.sha256("identity"),
                        fields.base64("identityBytes", 1, MAX_IDENTITY),
                        fields.sha256("grant"),
                        fields.optionalText("inputList", Sha256::parse),
                        fields.sha256("shown"),
                        fields.integer("runs", 1, Json.MAX_INTEGER),
                        Instant.ofEpochSecond(fields.integer("notAfter", 0, Json.MAX_INTEGER)),
                        Instant.ofEpochSecond(fields.integer("issuedAt", 0, Json.MAX_INTEGER)),
                        fields.string("measurement", 1, 200),
                        fields.sha256("policy"),
                        fields.base64("sealed", 1, MAX_SEALED),
                        fields.bool("sent"));
        fields.end();
        return grant;
    }

    Json toJson() {
        return Json.object()
                .put("agreement", agreement.toString())
                .put("identity", identity.toString())
                .put("identityBytes", identityBytes.base64())
                .put("grant", grant.toString())
                .putIfPresent("inputList", inputList)
                .put("shown", shown.toString())
                .put("runs", runs)
                .put("notAfter", notAfter.getEpochSecond())
                .put("issuedAt", issuedAt.getEpochSecond())
                .put("measurement", measurement)
                .put("policy", policy.toString())
                .put("sealed", sealed.base64())
                .put("sent", sent)
                .build();
    }
}
