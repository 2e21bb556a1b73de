package io.cloister.protocol.state;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.CosmianSetup;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.Optional;

/// Something that happened to a computation, as the control plane recorded it. The log of a
/// computation is its events in order; [Computation] is their fold. An event is the server's word:
/// signed documents inside are checked, the rest is not.
public sealed interface Event {
    /// Longest reason, detail or sentence in UTF-16 units; what is longer is cut when an event is
    /// made, so that an event that was made can always be read again.
    int MAX_REASON = 500;

    /// Most enclaves of one computation.
    long MAX_ENCLAVES = 1_000_000;

    /// What a computation begins with.
    sealed interface First extends Event permits Created, CosmianCreated {}

    /// The Owner proposed.
    ///
    /// @param proposal signed by the Owner
    record Created(Envelope proposal) implements First {}

    /// A participant registered a card.
    ///
    /// @param card self-signed
    /// @param tag which only the Owner's client can check
    record CardRegistered(Envelope card, Tag tag) implements Event {}

    /// A participant won't take part.
    ///
    /// @param person who
    /// @param reason in their words
    record Declined(Email person, String reason) implements Event {
        public Declined {
            reason = cut(reason);
        }
    }

    /// The Code Provider brought code.
    ///
    /// @param statement signed by the Code Provider
    record CodeStated(Envelope statement) implements Event {}

    /// The Code Provider took the code back; an agreement about it falls with it.
    record CodeReset() implements Event {}

    /// The Owner put the agreement together and signed it.
    ///
    /// @param agreement signed by the Owner
    record AgreementSigned(Envelope agreement) implements Event {}

    /// An enclave was ordered and waits for capacity.
    ///
    /// @param enclave its number, from 1 within the computation
    record EnclaveQueued(long enclave) implements Event {}

    /// A launcher started the enclave.
    ///
    /// @param enclave its number
    record EnclaveStarted(long enclave) implements Event {}

    /// The enclave published who it is.
    ///
    /// @param enclave its number
    /// @param identity digest of its identity
    record IdentityPublished(long enclave, Sha256 identity) implements Event {}

    /// A sealed grant arrived for the enclave; whether it is a valid one only the enclave can see.
    ///
    /// @param enclave its number
    /// @param signer whose, by the account that sent it
    /// @param sealed digest of the sealed grant
    record GrantReceived(long enclave, Email signer, Sha256 sealed) implements Event {}

    /// A sealed input list arrived for a later run.
    ///
    /// @param enclave its number
    /// @param signer whose, by the account that sent it
    /// @param run for which run
    /// @param sealed digest of the sealed list
    record InputsReceived(long enclave, Email signer, long run, Sha256 sealed) implements Event {}

    /// The enclave refused a sealed document or a run, and says why (spec/grant.md §4 and §5). A
    /// code that begins with `grant.` frees the place of the signer's grant; one that begins with
    /// `inputs.`, `inputs.exist` apart, that of the sealed input list; one that begins with `key.`
    /// that of the key blob.
    ///
    /// @param enclave its number
    /// @param signer whose document, if it was one
    /// @param sealed digest of the sealed document, if it was one
    /// @param code stable, such as `grant.agreement`: 1 to 80 of `a-z 0-9 - .`
    /// @param sentence for people
    record Refused(
            long enclave,
            Optional<Email> signer,
            Optional<Sha256> sealed,
            String code,
            String sentence)
            implements Event {
        public Refused {
            sentence = cut(sentence);
            if (!EventJson.isCode(code)) {
                throw new IllegalArgumentException("a code is 1 to 80 of a-z 0-9 - .");
            }
        }

        /// A refusal that does not say of which document.
        public Refused(long enclave, Optional<Email> signer, String code, String sentence) {
            this(enclave, signer, Optional.empty(), code, sentence);
        }
    }

    /// User code started.
    ///
    /// @param enclave its number
    /// @param run from 1 within the enclave
    record RunStarted(long enclave, long run) implements Event {}

    /// A run ended and its receipt is here.
    ///
    /// @param enclave its number
    /// @param run which
    /// @param outcome as the receipt has it
    /// @param receipt digest of the receipt
    record RunEnded(long enclave, long run, Outcome outcome, Sha256 receipt) implements Event {}

    /// The enclave is gone.
    ///
    /// @param enclave its number
    /// @param reason why
    /// @param detail for people
    record EnclaveStopped(long enclave, StopReason reason, String detail) implements Event {
        public EnclaveStopped {
            detail = cut(detail);
        }
    }

    /// Somebody who takes part asked for an enclave, after the last one stopped.
    ///
    /// @param by who
    record EnclaveRequested(Email by) implements Event {}

    /// A participant withdrew. What was granted can't be taken back.
    ///
    /// @param person who
    /// @param reason in their words
    record Withdrawn(Email person, String reason) implements Event {
        public Withdrawn {
            reason = cut(reason);
        }
    }

    /// A reader fetched an output.
    ///
    /// @param reader who
    /// @param enclave which enclave's
    /// @param run which run's
    record OutputFetched(Email reader, long enclave, long run) implements Event {}

    /// The Owner put the computation away.
    record Archived() implements Event {}

    /// A computation of the Cosmian dialect was set up.
    ///
    /// @param setup how
    record CosmianCreated(CosmianSetup setup) implements First {}

    /// Somebody registered a key in the Cosmian dialect.
    ///
    /// @param seat whose, as what
    /// @param key Ed25519
    /// @param at whole seconds
    record KeyRegistered(Seat seat, PublicSigningKey key, Instant at) implements Event {}

    /// The Code Provider brought code in the Cosmian dialect.
    ///
    /// @param code which code it is
    /// @param at whole seconds
    record CodeBrought(CodeDigests code, Instant at) implements Event {}

    /// A Data Provider brought a file in the Cosmian dialect.
    ///
    /// @param file which
    record DataBrought(CosmianInputs.File file) implements Event {}

    /// A Data Provider of the Cosmian dialect said that all data is there.
    ///
    /// @param provider who
    /// @param at whole seconds
    record DataClosed(Email provider, Instant at) implements Event {}

    /// A Data Provider of the Cosmian dialect took all of the own data back.
    ///
    /// @param provider who
    record DataReset(Email provider) implements Event {}

    /// A key blob arrived for the enclave of the Cosmian dialect; whether it is a valid one only
    /// the enclave can see.
    ///
    /// @param enclave its number
    /// @param seat whose, as what, by the account that sent it
    /// @param sealed digest of the blob
    record KeyBlobReceived(long enclave, Seat seat, Sha256 sealed) implements Event {}

    private static String cut(String text) {
        if (text.length() <= MAX_REASON) {
            return text;
        }
        int end =
                Character.isHighSurrogate(text.charAt(MAX_REASON - 1))
                        ? MAX_REASON - 1
                        : MAX_REASON;
        return text.substring(0, end);
    }

    /// The event's word in logs and on the wire.
    default String type() {
        return EventJson.type(this);
    }

    /// The event's data as JSON.
    default Json data() {
        return EventJson.data(this);
    }

    /// Reads an event.
    ///
    /// @throws MalformedException if there is no such event or its data has another form
    static Event read(String type, Json data) throws MalformedException {
        return EventJson.read(type, Fields.of(data, "event"));
    }
}
