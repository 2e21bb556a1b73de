package io.cloister.protocol.vectors;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Samples;
import io.cloister.protocol.TestKey;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.DocumentRefusedException;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.nio.charset.StandardCharsets;

/// The signed documents, and at which stage a text fails to be one.
enum Kind {
    PROPOSAL,
    CARD,
    CODE_STATEMENT,
    AGREEMENT,
    INPUT_LIST,
    RECEIPT;

    String file() {
        return "documents/" + type().name().replace(' ', '-') + ".json";
    }

    DocumentType<?> type() {
        return switch (this) {
            case PROPOSAL -> Proposal.TYPE;
            case CARD -> Card.TYPE;
            case CODE_STATEMENT -> CodeStatement.TYPE;
            case AGREEMENT -> Agreement.TYPE;
            case INPUT_LIST -> InputList.TYPE;
            case RECEIPT -> Receipt.TYPE;
        };
    }

    Envelope good() {
        return switch (this) {
            case PROPOSAL -> Samples.signedProposal();
            case CARD -> Samples.signedCard(Samples.DAVE);
            case CODE_STATEMENT -> Samples.signedCode();
            case AGREEMENT -> Samples.signedAgreement();
            case INPUT_LIST -> Samples.key(Samples.DANA).sign(InputList.TYPE, Samples.inputList());
            case RECEIPT -> Samples.signedReceipt();
        };
    }

    TestKey signer() {
        return switch (this) {
            case PROPOSAL, AGREEMENT -> Samples.key(Samples.OLGA);
            case CARD -> Samples.key(Samples.DAVE);
            case CODE_STATEMENT -> Samples.key(Samples.CARL);
            case INPUT_LIST -> Samples.key(Samples.DANA);
            case RECEIPT -> Samples.enclaveKey();
        };
    }

    /// What becomes of `text`, an envelope that must be signed by `key`, or by the key inside where
    /// there is one.
    Json judge(String text, PublicSigningKey key) {
        Json json;
        try {
            json =
                    Json.parse(
                            text.getBytes(StandardCharsets.UTF_8), JsonLimits.DOCUMENT, "envelope");
        } catch (MalformedException _) {
            return VectorFiles.refused("json");
        }
        Envelope envelope;
        try {
            envelope = Envelope.read(json, "envelope");
        } catch (MalformedException e) {
            return VectorFiles.refused("envelope", e.path());
        }
        if (!envelope.payloadType().equals(type().payloadType())) {
            return VectorFiles.refused("type");
        }
        try {
            Json.parse(envelope.payload().toArray(), JsonLimits.DOCUMENT, "payload");
        } catch (MalformedException _) {
            return VectorFiles.refused("json");
        }
        try {
            CanonicalJson.parse(envelope.payload().toArray(), JsonLimits.DOCUMENT, "payload");
        } catch (MalformedException _) {
            return VectorFiles.refused("canonical");
        }
        try {
            Signed.readUnverified(envelope, type());
        } catch (MalformedException e) {
            return VectorFiles.refused("field", e.path());
        }
        return judge(envelope, key);
    }

    private Json judge(Envelope envelope, PublicSigningKey key) {
        try {
            switch (this) {
                case PROPOSAL ->
                        Signed.verifySelfSigned(envelope, Proposal.TYPE, Proposal::ownerKey);
                case CARD -> Card.verify(envelope);
                case CODE_STATEMENT -> Signed.verify(envelope, CodeStatement.TYPE, key);
                case AGREEMENT -> VerifiedAgreement.verify(envelope);
                case INPUT_LIST -> Signed.verify(envelope, InputList.TYPE, key);
                case RECEIPT -> Signed.verifySelfSigned(envelope, Receipt.TYPE, Kind::enclaveKey);
            }
        } catch (MalformedException e) {
            return e.path().endsWith(".payloadType")
                    ? VectorFiles.refused("type")
                    : VectorFiles.refused("field", e.path());
        } catch (NotAuthenticException _) {
            return VectorFiles.refused("signature");
        } catch (DocumentRefusedException e) {
            return VectorFiles.refused("fit", e.code());
        }
        return Json.object()
                .put("outcome", "accepted")
                .put("digest", envelope.digest().toString())
                .build();
    }

    private static PublicSigningKey enclaveKey(Receipt receipt) {
        try {
            return EnclaveIdentity.parse(receipt.identity()).signingKey();
        } catch (MalformedException e) {
            throw new AssertionError("the receipt was read", e);
        }
    }
}
