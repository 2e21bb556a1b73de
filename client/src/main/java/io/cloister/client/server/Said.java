package io.cloister.client.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;

/// What the server says (spec/openapi.yaml, `components.schemas`). Nothing in these records is
/// checked beyond its form; a screen that shows one says so.
public final class Said {
    private static final int MAX_LIST = 10_000;
    private static final int MAX_TEXT = 1_000;

    private Said() {}

    /// What a server offers.
    ///
    /// @param version of the server
    /// @param launcher kind of launcher
    /// @param simulated whether enclaves are simulated; only Evidence tells
    /// @param runtimes by name
    /// @param blobBytes largest blob
    public record Info(
            String version,
            String launcher,
            boolean simulated,
            List<OfferedRuntime> runtimes,
            long blobBytes) {
        static Info read(Json json) throws MalformedException {
            Fields fields = Fields.of(json, "info");
            fields.constant("name", "cloister");
            Fields launcher = fields.object("launcher");
            fields.texts("dialects", MAX_LIST, (text, path) -> text);
            Fields limits = fields.object("limits");
            var info =
                    new Info(
                            fields.string("version", 0, MAX_TEXT),
                            launcher.string("kind", 0, MAX_TEXT),
                            launcher.bool("simulated"),
                            fields.list("runtimes", MAX_LIST, OfferedRuntime::read),
                            count(limits, "blobBytes"));
            count(limits, "sealedBytes");
            limits.end();
            launcher.end();
            fields.end();
            return info;
        }
    }

    /// A runtime on offer.
    ///
    /// @param name its name
    /// @param digest of its lock
    public record OfferedRuntime(String name, Sha256 digest) {
        static OfferedRuntime read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var runtime = new OfferedRuntime(fields.string("name", 1, 64), fields.sha256("digest"));
            fields.end();
            return runtime;
        }
    }

    /// Whose token it is.
    ///
    /// @param email whose
    /// @param kind `account` or `guest`
    /// @param expires when it ends
    public record Me(Email email, String kind, Instant expires) {
        static Me read(Json json) throws MalformedException {
            Fields fields = Fields.of(json, "me");
            var me =
                    new Me(
                            fields.text("email", Email::parse),
                            fields.string("kind", 1, 32),
                            fields.text("expires", Said::time));
            fields.optionalText("computation", ComputationId::parse);
            if (fields.has("quota")) {
                fields.any("quota");
            }
            fields.end();
            return me;
        }
    }

    /// One line of a list of computations.
    ///
    /// @param id which
    /// @param dialect how its parties speak
    /// @param state where it stands
    /// @param archived whether it was ended
    /// @param createdAt the server's clock
    /// @param owner whose
    /// @param roles the caller's
    /// @param pending what it waits for from the caller
    public record Summary(
            ComputationId id,
            Dialect dialect,
            String state,
            boolean archived,
            Instant createdAt,
            Email owner,
            List<String> roles,
            List<String> pending) {
        static Summary read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var summary =
                    new Summary(
                            fields.text("id", ComputationId::parse),
                            fields.text("dialect", Dialect::parse),
                            fields.string("state", 1, MAX_TEXT),
                            fields.bool("archived"),
                            fields.text("createdAt", Said::time),
                            fields.text("owner", Email::parse),
                            fields.texts("roles", 8, (text, at) -> text),
                            fields.texts("pending", MAX_LIST, (text, at) -> text));
            fields.end();
            return summary;
        }
    }

    /// A page of computations.
    ///
    /// @param computations newest first
    /// @param next cursor of the next page
    public record Page(List<Summary> computations, Optional<String> next) {
        static Page read(Json json) throws MalformedException {
            Fields fields = Fields.of(json, "page");
            var page =
                    new Page(
                            fields.list("computations", 200, Summary::read),
                            fields.optionalText("next", (text, path) -> text));
            fields.end();
            return page;
        }
    }

    /// Where a computation stands.
    ///
    /// @param id which
    /// @param dialect how its parties speak
    /// @param state name of the state
    /// @param reason why it ended, where it did
    /// @param archived whether it was archived
    /// @param createdAt the server's clock
    /// @param owner whose
    /// @param proposal digest of the proposal
    /// @param code digest of the code statement
    /// @param agreement digest of the agreement
    /// @param participants in the proposal's order
    /// @param enclave identity digest of the enclave that takes grants now
    /// @param pending what is awaited, from whom
    /// @param lastEvent number of the last event folded in
    public record Computation(
            ComputationId id,
            Dialect dialect,
            String state,
            Optional<String> reason,
            boolean archived,
            Instant createdAt,
            Email owner,
            Optional<Sha256> proposal,
            Optional<Sha256> code,
            Optional<Sha256> agreement,
            List<Participant> participants,
            Optional<Sha256> enclave,
            List<Pending> pending,
            long lastEvent) {
        static Computation read(Json json) throws MalformedException {
            Fields fields = Fields.of(json, "computation");
            var computation =
                    new Computation(
                            fields.text("id", ComputationId::parse),
                            fields.text("dialect", Dialect::parse),
                            fields.string("state", 1, MAX_TEXT),
                            fields.optionalText("reason", (text, path) -> text),
                            fields.bool("archived"),
                            fields.text("createdAt", Said::time),
                            fields.text("owner", Email::parse),
                            fields.optionalText("proposal", Sha256::parse),
                            fields.optionalText("code", Sha256::parse),
                            fields.optionalText("agreement", Sha256::parse),
                            fields.list("participants", 256, Participant::read),
                            fields.optionalText("enclave", Sha256::parse),
                            fields.list("pendingActions", MAX_LIST, Pending::read),
                            count(fields, "lastEvent"));
            fields.end();
            return computation;
        }
    }

    /// A participant as the server sees it.
    ///
    /// @param email who
    /// @param roles what
    /// @param invitation `none`, `open`, `redeemed` or `revoked`
    /// @param card digest of the card
    public record Participant(
            Email email, List<String> roles, String invitation, Optional<Sha256> card) {
        static Participant read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var participant =
                    new Participant(
                            fields.text("email", Email::parse),
                            fields.texts("roles", 8, (text, at) -> text),
                            fields.string("invitation", 1, 32),
                            fields.optionalText("card", Sha256::parse));
            fields.end();
            return participant;
        }
    }

    /// Something awaited.
    ///
    /// @param email from whom; nobody means the server or the enclave
    /// @param action what
    /// @param detail more about it
    public record Pending(Optional<Email> email, String action, Optional<String> detail) {
        static Pending read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var pending =
                    new Pending(
                            fields.optionalText("email", Email::parse),
                            fields.string("action", 1, MAX_TEXT),
                            fields.optionalText("detail", (text, at) -> text));
            fields.end();
            return pending;
        }
    }

    /// Something that happened.
    ///
    /// @param number from 1 without gaps
    /// @param at the server's clock
    /// @param type what kind
    /// @param data more about it
    public record Event(long number, Instant at, String type, Json data) {
        static Event read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var event =
                    new Event(
                            count(fields, "number"),
                            fields.text("at", Said::time),
                            fields.string("type", 1, 128),
                            fields.any("data"));
            fields.end();
            return event;
        }
    }

    /// A stored ciphertext of the caller's.
    ///
    /// @param digest its name
    /// @param size in bytes
    /// @param storedAt the server's clock
    public record Blob(Sha256 digest, long size, Instant storedAt) {
        static Blob read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var blob =
                    new Blob(
                            fields.sha256("digest"),
                            count(fields, "size"),
                            fields.text("storedAt", Said::time));
            fields.end();
            return blob;
        }
    }

    /// An enclave that was started.
    ///
    /// @param number from 1
    /// @param state `queued`, `starting`, `ready` or `stopped`
    /// @param identity digest of its identity, once published
    /// @param startedAt the server's clock
    /// @param stoppedAt the server's clock
    /// @param reason why it stopped
    /// @param grants whose grants it was handed
    public record Enclave(
            long number,
            String state,
            Optional<Sha256> identity,
            Instant startedAt,
            Optional<Instant> stoppedAt,
            Optional<String> reason,
            List<Email> grants) {
        static Enclave read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var enclave =
                    new Enclave(
                            count(fields, "number"),
                            fields.string("state", 1, 32),
                            fields.optionalText("identity", Sha256::parse),
                            fields.text("startedAt", Said::time),
                            fields.optionalText("stoppedAt", Said::time),
                            fields.optionalText("reason", (text, at) -> text),
                            fields.texts("grants", 256, Email::parse));
            fields.end();
            return enclave;
        }
    }

    /// A run.
    ///
    /// @param identity of the enclave
    /// @param run its number within the enclave
    /// @param state `running`, `succeeded`, `failed` or `lost`
    /// @param outcome of the receipt
    /// @param startedAt the server's clock
    /// @param endedAt the server's clock
    /// @param receipt digest of the receipt
    public record Run(
            Sha256 identity,
            long run,
            String state,
            Optional<String> outcome,
            Instant startedAt,
            Optional<Instant> endedAt,
            Optional<Sha256> receipt) {
        static Run read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var run =
                    new Run(
                            fields.sha256("identity"),
                            fields.integer("run", 1, 1_000_000),
                            fields.string("state", 1, 32),
                            fields.optionalText("outcome", (text, at) -> text),
                            fields.text("startedAt", Said::time),
                            fields.optionalText("endedAt", Said::time),
                            fields.optionalText("receipt", Sha256::parse));
            fields.end();
            return run;
        }
    }

    /// An output of the caller's.
    ///
    /// @param k its number
    /// @param kind `index`, `result`, `output` or `traceback`
    /// @param position within its kind
    /// @param size of the ciphertext in bytes
    /// @param digest of the ciphertext
    public record Output(long k, String kind, long position, long size, Sha256 digest) {
        static Output read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var output =
                    new Output(
                            count(fields, "k"),
                            fields.string("kind", 1, 32),
                            count(fields, "position"),
                            count(fields, "size"),
                            fields.sha256("digest"));
            fields.end();
            return output;
        }
    }

    static long count(Fields fields, String name) throws MalformedException {
        return fields.integer(name, 0, Json.MAX_INTEGER);
    }

    static Instant time(String text, String path) throws MalformedException {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException _) {
            throw new MalformedException(path, "a time as in RFC 3339, in UTC", text);
        }
    }
}
