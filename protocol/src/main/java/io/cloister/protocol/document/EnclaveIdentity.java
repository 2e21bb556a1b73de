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

/// What an enclave says it is (spec/documents.md §6). Not signed: Evidence vouches for it through
/// [#reportData], so by itself it says nothing.
///
/// @param computation which
/// @param agreement digest of the one agreement this enclave serves
/// @param recipient what grants are sealed to; post-quantum hybrid
/// @param signingKey signs this enclave's receipts
/// @param runtime the installed packages, hashed against their lock
/// @param isolation how user code is kept apart
/// @param swap whether its memory could be swapped when this was made
/// @param startedAt whole seconds, the host's clock: a claim, not a proof
public record EnclaveIdentity(
        ComputationId computation,
        Sha256 agreement,
        AgeRecipient recipient,
        PublicSigningKey signingKey,
        RuntimeRef runtime,
        IsolationLevel isolation,
        Swap swap,
        Instant startedAt)
        implements Identity {
    private static final String NAME = "identity";

    public EnclaveIdentity {
        if (!recipient.isPostQuantum()) {
            throw new IllegalArgumentException("an enclave's recipient is post-quantum");
        }
    }

    /// Reads an identity from its canonical bytes.
    ///
    /// @throws MalformedException if they are not
    public static EnclaveIdentity parse(Bytes canonical) throws MalformedException {
        Fields fields =
                Fields.of(CanonicalJson.parse(canonical.toArray(), JsonLimits.MESSAGE, NAME), NAME);
        fields.constant("type", Labels.IDENTITY);
        fields.constant("dialect", Dialect.CLOISTER.word());
        AgeRecipient recipient = fields.text("recipient", AgeRecipient::parse);
        if (!recipient.isPostQuantum()) {
            throw new MalformedException(fields.path("recipient"), "age1pq1…", recipient.value());
        }
        var identity =
                new EnclaveIdentity(
                        fields.text("computation", ComputationId::parse),
                        fields.sha256("agreement"),
                        recipient,
                        fields.text("signingKey", PublicSigningKey::parse),
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
        return Dialect.CLOISTER;
    }

    @Override
    public Bytes canonical() {
        return Bytes.copyOf(
                Json.object()
                        .put("type", Labels.IDENTITY)
                        .put("dialect", Dialect.CLOISTER.word())
                        .put("computation", computation.toString())
                        .put("agreement", agreement.toString())
                        .put("recipient", recipient.value())
                        .put("signingKey", signingKey.toString())
                        .put("runtime", runtime.toJson())
                        .put("isolation", isolation.word())
                        .put("swap", swap.word())
                        .put("startedAt", startedAt.getEpochSecond())
                        .build()
                        .canonical());
    }
}
