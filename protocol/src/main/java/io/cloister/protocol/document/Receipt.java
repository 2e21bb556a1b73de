package io.cloister.protocol.document;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// An enclave's word on one run: an in-toto Statement whose predicate is this record
/// (spec/documents.md §9). Ciphertext digests only: opening a ciphertext proves its plaintext, and
/// a digest of plaintext would let others guess it.
///
/// @param computation which
/// @param agreement digest of the agreement
/// @param identity the enclave's identity, canonical bytes
/// @param evidence Evidence with its Endorsements as of the run; read by attestation
/// @param run 1 for this enclave's first
/// @param grants each signer's grant
/// @param inputLists each Data Provider's input list of this run
/// @param bundle digest of the code bundle
/// @param runtime which set of packages it ran with
/// @param packages all packages it ran with, those that came with the code among them
/// @param inputs what was read, by provider and position
/// @param outputs what was written, by reader and position
/// @param terms the terms that held: the agreement's, with the lowest runs and earliest expiry of
///   all grants
/// @param report how it ended, coarsely
/// @param previous digest of this enclave's previous receipt, if any, so that a hidden run shows
public record Receipt(
        ComputationId computation,
        Sha256 agreement,
        Bytes identity,
        Json evidence,
        long run,
        List<SignedBy> grants,
        List<SignedBy> inputLists,
        Sha256 bundle,
        RuntimeRef runtime,
        BillOfMaterials packages,
        List<Input> inputs,
        List<Output> outputs,
        Terms terms,
        Report report,
        Optional<Sha256> previous) {
    /// The signed document.
    public static final DocumentType<Receipt> TYPE = new Type();

    /// Most inputs of one run, of all providers together.
    public static final int MAX_INPUTS = 4_096;

    /// Most outputs of one run, to all readers together, indexes included.
    public static final int MAX_OUTPUTS = 4_096;

    private static final int MAX_PEOPLE = 1 + 2 * Roster.MAX_PER_ROLE;
    private static final int MAX_IDENTITY = 16 << 10;
    private static final long MAX_BYTES = 1L << 45;

    public Receipt {
        grants = List.copyOf(grants);
        inputLists = List.copyOf(inputLists);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        if (inputs.size() > MAX_INPUTS || outputs.size() > MAX_OUTPUTS) {
            throw new IllegalArgumentException("more inputs or outputs than a run may have");
        }
    }

    /// A sealed document of one person, by the digest of its payload.
    ///
    /// @param signer who signed it
    /// @param role as what, in the Cosmian dialect: there a key blob belongs to one role
    /// @param digest its digest; of a key blob, of the blob
    public record SignedBy(Email signer, Optional<Role> role, Sha256 digest) {
        /// A document of the native dialect.
        public SignedBy(Email signer, Sha256 digest) {
            this(signer, Optional.empty(), digest);
        }

        static SignedBy read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            var signed =
                    new SignedBy(
                            fields.text("signer", Email::parse),
                            fields.optionalText("role", Role::parse),
                            fields.sha256("digest"));
            fields.end();
            return signed;
        }

        private String place() {
            return signer + role.map(one -> " as " + one).orElse("");
        }

        Json toJson() {
            return Json.object()
                    .put("signer", signer.value())
                    .putIfPresent("role", role)
                    .put("digest", digest.toString())
                    .build();
        }
    }

    /// One input that was opened.
    ///
    /// @param provider whose
    /// @param position 0 for that provider's first
    /// @param ciphertext digest of the age file
    public record Input(Email provider, long position, Sha256 ciphertext) {
        static Input read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            var input =
                    new Input(
                            fields.text("provider", Email::parse),
                            fields.integer("position", 0, InputList.MAX_FILES - 1),
                            fields.sha256("ciphertext"));
            fields.end();
            return input;
        }

        Json toJson() {
            return Json.object()
                    .put("provider", provider.value())
                    .put("position", position)
                    .put("ciphertext", ciphertext.toString())
                    .build();
        }
    }

    /// What an output is.
    public enum Kind {
        /// The reader's encrypted index of everything else for this reader, printed text of a
        /// failed run included: [OutputIndex].
        INDEX,
        /// A result, for a Result Consumer.
        RESULT,
        /// What user code printed, for a reader the terms name.
        OUTPUT,
        /// The traceback of a failed run, for a reader the terms name.
        TRACEBACK;

        /// Reads the word on the wire.
        public static Kind parse(String text, String path) throws MalformedException {
            return Words.parse(Kind.class, text, path);
        }

        /// The word on the wire.
        public String word() {
            return Words.of(this);
        }

        @Override
        public String toString() {
            return word();
        }
    }

    /// One output that was encrypted.
    ///
    /// @param reader to whom
    /// @param kind what it is
    /// @param position 0 for that reader's first of its kind
    /// @param ciphertext digest of the age file, header included
    /// @param ciphertextBytes its size
    public record Output(
            Email reader, Kind kind, long position, Sha256 ciphertext, long ciphertextBytes) {
        static Output read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            var output =
                    new Output(
                            fields.text("reader", Email::parse),
                            fields.text("kind", Kind::parse),
                            fields.integer("position", 0, MAX_OUTPUTS - 1),
                            fields.sha256("ciphertext"),
                            fields.integer("ciphertextBytes", 1, MAX_BYTES));
            fields.end();
            return output;
        }

        Json toJson() {
            return Json.object()
                    .put("reader", reader.value())
                    .put("kind", kind.word())
                    .put("position", position)
                    .put("ciphertext", ciphertext.toString())
                    .put("ciphertextBytes", ciphertextBytes)
                    .build();
        }

        /// The output's name as a subject of the statement, as in `result/alice@example.org/0`.
        String subject() {
            return kind.word() + "/" + reader + "/" + position;
        }
    }

    /// How a run ended and what it took, coarsely on purpose: exact figures would carry messages of
    /// the code, so there is no report of figures that are not rounded.
    ///
    /// @param outcome how
    /// @param exception the class of the uncaught exception, from the fixed vocabulary of
    ///   spec/sandbox.md, if one ended it
    /// @param line line of clear `run.py` it passed through, from 1, if known
    /// @param startedAt whole seconds
    /// @param wallSeconds [#roundedUp], so 0 or a power of two, at most 2^52
    /// @param cpuSeconds the same
    /// @param peakMemoryBytes the same
    public record Report(
            Outcome outcome,
            Optional<String> exception,
            Optional<Long> line,
            Instant startedAt,
            long wallSeconds,
            long cpuSeconds,
            long peakMemoryBytes) {
        private static final Pattern EXCEPTION_CLASS =
                Pattern.compile("[A-Za-z_][A-Za-z0-9_.]{0,63}");

        /// The largest figure.
        public static final long MAX_FIGURE = 1L << 52;

        /// The last line of `run.py` that can be named.
        public static final long MAX_LINE = 10_000_000;

        public Report {
            requireCoarse("wallSeconds", wallSeconds);
            requireCoarse("cpuSeconds", cpuSeconds);
            requireCoarse("peakMemoryBytes", peakMemoryBytes);
        }

        private static void requireCoarse(String name, long value) {
            if (!isCoarse(value)) {
                throw new IllegalArgumentException(
                        name + " is 0 or a power of two up to 2^52, not " + value);
            }
        }

        private static boolean isCoarse(long value) {
            return value >= 0 && value <= MAX_FIGURE && Long.bitCount(value) <= 1;
        }

        /// Reads a report.
        ///
        /// @throws MalformedException naming the member that is missing, unknown or out of bounds
        public static Report read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            var report =
                    new Report(
                            fields.text("outcome", Outcome::parse),
                            fields.optionalText("exception", Report::exceptionClass),
                            fields.has("line")
                                    ? Optional.of(fields.integer("line", 1, MAX_LINE))
                                    : Optional.empty(),
                            Instant.ofEpochSecond(
                                    fields.integer("startedAt", 0, Terms.MAX_INSTANT)),
                            coarse(fields, "wallSeconds"),
                            coarse(fields, "cpuSeconds"),
                            coarse(fields, "peakMemoryBytes"));
            fields.end();
            if (report.exception.isPresent() && report.outcome != Outcome.EXCEPTION) {
                throw new MalformedException(
                        path + ".exception",
                        "nothing with the outcome " + report.outcome.word(),
                        report.exception.get());
            }
            return report;
        }

        private static String exceptionClass(String text, String path) throws MalformedException {
            if (!EXCEPTION_CLASS.matcher(text).matches()) {
                throw new MalformedException(path, "the name of an exception class", text);
            }
            return text;
        }

        private static long coarse(Fields fields, String name) throws MalformedException {
            long value = fields.integer(name, 0, Json.MAX_INTEGER);
            if (!isCoarse(value)) {
                throw new MalformedException(
                        fields.path(name), "0 or a power of two", Long.toString(value));
            }
            return value;
        }

        /// `value` as a report tells it: rounded up to a power of two; 0 stays.
        ///
        /// @param value 0 to 2^52
        public static long roundedUp(long value) {
            if (value < 0 || value > MAX_FIGURE) {
                throw new IllegalArgumentException("a report's figure is 0 to 2^52, not " + value);
            }
            return value <= 1 ? value : Long.highestOneBit(value - 1) << 1;
        }

        /// As JSON.
        public Json toJson() {
            var json =
                    Json.object()
                            .put("outcome", outcome.word())
                            .putIfPresent("exception", exception)
                            .put("startedAt", startedAt.getEpochSecond())
                            .put("wallSeconds", wallSeconds)
                            .put("cpuSeconds", cpuSeconds)
                            .put("peakMemoryBytes", peakMemoryBytes);
            line.ifPresent(number -> json.put("line", number));
            return json.build();
        }
    }

    /// Digest of the identity: which enclave.
    public Sha256 identityDigest() {
        return Sha256.of(identity);
    }

    private List<Json> subjects() {
        if (outputs.isEmpty()) {
            return List.of(subject("agreement", agreement));
        }
        return outputs.stream()
                .map(output -> subject(output.subject(), output.ciphertext))
                .toList();
    }

    private static Json subject(String name, Sha256 digest) {
        return Json.object()
                .put("name", name)
                .put("digest", Json.object().put("sha256", digest.hex()).build())
                .build();
    }

    private static final class Type implements DocumentType<Receipt> {
        @Override
        public String payloadType() {
            return Labels.IN_TOTO;
        }

        @Override
        public String name() {
            return "receipt";
        }

        @Override
        public Receipt read(Json payload) throws MalformedException {
            Fields statement = Fields.of(payload, name());
            statement.constant("_type", Labels.IN_TOTO_STATEMENT);
            statement.constant("predicateType", Labels.RECEIPT);
            Json subjects = statement.any("subject");
            Receipt receipt = predicate(statement.object("predicate"));
            statement.end();
            if (!subjects.equals(Json.array(receipt.subjects()))) {
                throw new MalformedException(
                        statement.path("subject"), "the outputs of the predicate", "others");
            }
            return receipt;
        }

        private static Receipt predicate(Fields fields) throws MalformedException {
            var receipt =
                    new Receipt(
                            fields.text("computation", ComputationId::parse),
                            fields.sha256("agreement"),
                            fields.base64("identity", 1, MAX_IDENTITY),
                            fields.any("evidence"),
                            fields.integer("run", 1, Terms.MAX_RUNS),
                            signedBy(fields, "grants", MAX_PEOPLE),
                            signedBy(fields, "inputLists", Roster.MAX_PER_ROLE),
                            fields.sha256("bundle"),
                            RuntimeRef.read(fields.any("runtime"), fields.path("runtime")),
                            BillOfMaterials.read(fields.any("packages"), fields.path("packages")),
                            Lists.unique(
                                    fields.list("inputs", MAX_INPUTS, Input::read),
                                    input -> input.provider() + "/" + input.position(),
                                    fields.path("inputs")),
                            Lists.unique(
                                    fields.list("outputs", MAX_OUTPUTS, Output::read),
                                    Output::subject,
                                    fields.path("outputs")),
                            Terms.read(fields.any("terms"), fields.path("terms")),
                            Report.read(fields.any("report"), fields.path("report")),
                            fields.optionalText("previous", Sha256::parse));
            fields.end();
            requireFit(receipt, fields);
            return receipt;
        }

        private static List<SignedBy> signedBy(Fields fields, String name, int max)
                throws MalformedException {
            return Lists.unique(
                    fields.list(name, max, SignedBy::read), SignedBy::place, fields.path(name));
        }

        /// The identity inside is of the same computation, agreement and runtime, and a run that
        /// did not succeed released no result.
        private static void requireFit(Receipt receipt, Fields fields) throws MalformedException {
            Identity identity = Identity.parse(receipt.identity);
            requireSame(identity.computation(), receipt.computation, fields.path("computation"));
            requireSame(identity.agreement(), receipt.agreement, fields.path("agreement"));
            requireSame(identity.runtime(), receipt.runtime, fields.path("runtime"));
            boolean inRoles = identity.dialect() == Dialect.COSMIAN;
            for (SignedBy grant : receipt.grants) {
                if (grant.role().isPresent() != inRoles) {
                    throw new MalformedException(
                            fields.path("grants"),
                            inRoles ? "a role in this dialect" : "no role in this dialect",
                            grant.place());
                }
            }
            if ((inRoles && !receipt.inputLists.isEmpty())
                    || receipt.inputLists.stream().anyMatch(list -> list.role().isPresent())) {
                throw new MalformedException(
                        fields.path("inputLists"), "lists that their providers signed", "others");
            }
            boolean released =
                    receipt.outputs.stream().anyMatch(output -> output.kind() == Kind.RESULT);
            if (released && receipt.report.outcome() != Outcome.SUCCESS) {
                throw new MalformedException(
                        fields.path("outputs"),
                        "no result of a run that failed",
                        receipt.report.outcome().word());
            }
        }

        private static void requireSame(Object identitys, Object own, String path)
                throws MalformedException {
            if (!identitys.equals(own)) {
                throw new MalformedException(path, "the identity's, " + identitys, own.toString());
            }
        }

        @Override
        public Json write(Receipt receipt) {
            var predicate =
                    Json.object()
                            .put("computation", receipt.computation.toString())
                            .put("agreement", receipt.agreement.toString())
                            .put("identity", receipt.identity.base64())
                            .put("evidence", receipt.evidence)
                            .put("run", receipt.run)
                            .put("grants", each(receipt.grants, SignedBy::toJson))
                            .put("inputLists", each(receipt.inputLists, SignedBy::toJson))
                            .put("bundle", receipt.bundle.toString())
                            .put("runtime", receipt.runtime.toJson())
                            .put("packages", receipt.packages.toJson())
                            .put("inputs", each(receipt.inputs, Input::toJson))
                            .put("outputs", each(receipt.outputs, Output::toJson))
                            .put("terms", receipt.terms.toJson())
                            .put("report", receipt.report.toJson())
                            .putIfPresent("previous", receipt.previous)
                            .build();
            return Json.object()
                    .put("_type", Labels.IN_TOTO_STATEMENT)
                    .put("predicateType", Labels.RECEIPT)
                    .put("subject", receipt.subjects())
                    .put("predicate", predicate)
                    .build();
        }

        private static <T> List<Json> each(List<T> elements, Function<T, Json> toJson) {
            List<Json> all = new ArrayList<>(elements.size());
            elements.forEach(element -> all.add(toJson.apply(element)));
            return all;
        }
    }
}
