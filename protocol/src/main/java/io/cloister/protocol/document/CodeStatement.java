package io.cloister.protocol.document;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.Optional;

/// The Code Provider's word on which code it is (spec/documents.md §4).
///
/// @param computation which
/// @param proposal digest of the proposal
/// @param signer the Code Provider
/// @param bundle digest of the tar as uploaded
/// @param bundleBytes its size
/// @param entrypoint digest of `run.py`
/// @param requirements digest of `requirements.txt`, if there is one
/// @param lock digest of `requirements.lock`, if there is one
/// @param issuedAt whole seconds, the Code Provider's clock
public record CodeStatement(
        ComputationId computation,
        Sha256 proposal,
        Email signer,
        Sha256 bundle,
        long bundleBytes,
        Sha256 entrypoint,
        Optional<Sha256> requirements,
        Optional<Sha256> lock,
        Instant issuedAt) {
    /// Largest bundle: 1 GiB.
    public static final long MAX_BUNDLE_BYTES = 1L << 30;

    /// The signed document.
    public static final DocumentType<CodeStatement> TYPE = new Type();

    /// The digests alone.
    public CodeDigests digests() {
        return new CodeDigests(bundle, bundleBytes, entrypoint, requirements, lock);
    }

    private static final class Type implements DocumentType<CodeStatement> {
        @Override
        public String payloadType() {
            return Labels.CODE_STATEMENT;
        }

        @Override
        public String name() {
            return "code statement";
        }

        @Override
        public CodeStatement read(Json payload) throws MalformedException {
            Fields fields = Fields.of(payload, name());
            fields.constant("type", payloadType());
            var statement =
                    new CodeStatement(
                            fields.text("computation", ComputationId::parse),
                            fields.sha256("proposal"),
                            fields.text("signer", Email::parse),
                            fields.sha256("bundle"),
                            fields.integer("bundleBytes", 1, MAX_BUNDLE_BYTES),
                            fields.sha256("entrypoint"),
                            fields.optionalText("requirements", Sha256::parse),
                            fields.optionalText("lock", Sha256::parse),
                            Instant.ofEpochSecond(
                                    fields.integer("issuedAt", 0, Terms.MAX_INSTANT)));
            fields.end();
            return statement;
        }

        @Override
        public Json write(CodeStatement statement) {
            return Json.object()
                    .put("type", payloadType())
                    .put("computation", statement.computation.toString())
                    .put("proposal", statement.proposal.toString())
                    .put("signer", statement.signer.value())
                    .put("bundle", statement.bundle.toString())
                    .put("bundleBytes", statement.bundleBytes)
                    .put("entrypoint", statement.entrypoint.toString())
                    .putIfPresent("requirements", statement.requirements)
                    .putIfPresent("lock", statement.lock)
                    .put("issuedAt", statement.issuedAt.getEpochSecond())
                    .build();
        }
    }
}
