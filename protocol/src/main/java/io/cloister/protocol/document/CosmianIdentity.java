package io.cloister.protocol.document;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.time.Instant;

/// What an enclave of the Cosmian dialect says it is (spec/cosmian.md §4).
///
/// @param computation which
/// @param agreement digest of the one [CosmianAgreement] this enclave serves
/// @param enclaveKey an Ed25519 key to whose X25519 form key blobs are sealed; it signs nothing
/// @param signingKey signs this enclave's receipts
/// @param runtime the installed packages, hashed against their lock
/// @param isolation how user code is kept apart
/// @param swap whether its memory could be swapped when this was made
/// @param startedAt whole seconds, the host's clock: a claim, not a proof
public record CosmianIdentity(
        ComputationId computation,
        Sha256 agreement,
        PublicSigningKey enclaveKey,
        PublicSigningKey signingKey,
        RuntimeRef runtime,
        IsolationLevel isolation,
        Swap swap,
        Instant startedAt)
        implements Identity {
    private static final String NAME = "identity";

    public CosmianIdentity {
        if (enclaveKey.equals(signingKey)) {
            throw new IllegalArgumentException("what is sealed to is not what signs");
        }
    }

    /// Reads an identity from its canonical bytes.
    ///
    /// @throws MalformedException if they are not
    public static CosmianIdentity parse(Bytes canonical) throws MalformedException {
        Fields fields =
                Fields.of(CanonicalJson.parse(canonical.toArray(), JsonLimits.MESSAGE, NAME), NAME);
        fields.constant("type", Labels.COSMIAN_IDENTITY);
        fields.constant("dialect", Dialect.COSMIAN.word());
        PublicSigningKey enclaveKey = fields.text("enclaveKey", PublicSigningKey::parse);
        PublicSigningKey signingKey = fields.text("signingKey", PublicSigningKey::parse);
        if (enclaveKey.equals(signingKey)) {
            throw new MalformedException(
                    fields.path("enclaveKey"), "another key than signs", enclaveKey.toString());
        }
        var identity =
                new CosmianIdentity(
                        fields.text("computation", ComputationId::parse),
                        fields.sha256("agreement"),
                        enclaveKey,
                        signingKey,
                        RuntimeRef.read(fields.any("runtime"), fields.path("runtime")),
                        fields.text("isolation", IsolationLevel::parse),
                        fields.text("swap", Swap::parse),
                        Instant.ofEpochSecond(fields.integer("startedAt", 0, Terms.MAX_INSTANT)));
        fields.end();
        if (!identity.canonical().equals(canonical)) {
            throw new MalformedException(NAME, "the one form of its content", "another");
        }
        return identity;
    }

    @Override
    public Dialect dialect() {
        return Dialect.COSMIAN;
    }

    @Override
    public Bytes canonical() {
        return Bytes.copyOf(
                Json.object()
                        .put("type", Labels.COSMIAN_IDENTITY)
                        .put("dialect", Dialect.COSMIAN.word())
                        .put("computation", computation.toString())
                        .put("agreement", agreement.toString())
                        .put("enclaveKey", enclaveKey.toString())
                        .put("signingKey", signingKey.toString())
                        .put("runtime", runtime.toJson())
                        .put("isolation", isolation.word())
                        .put("swap", swap.word())
                        .put("startedAt", startedAt.getEpochSecond())
                        .build()
                        .canonical());
    }
}
