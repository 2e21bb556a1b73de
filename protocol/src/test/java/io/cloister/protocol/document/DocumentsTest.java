package io.cloister.protocol.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.JsonEdits;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Samples;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.TestKey;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What holds for every document alike: one form, every member needed, none more, every kind and
/// bound checked, and no alteration survives the signature.
final class DocumentsTest {
    private static final TestKey KEY = TestKey.of("any");

    enum Sample {
        PROPOSAL,
        CARD,
        CODE_STATEMENT,
        AGREEMENT,
        INPUT_LIST,
        RECEIPT,
        FAILED_RECEIPT;

        Form<?> form() {
            return switch (this) {
                case PROPOSAL -> new Form<>(Proposal.TYPE, Samples.proposal());
                case CARD -> new Form<>(Card.TYPE, Samples.card(Samples.DANA));
                case CODE_STATEMENT -> new Form<>(CodeStatement.TYPE, Samples.code());
                case AGREEMENT -> new Form<>(Agreement.TYPE, Samples.agreement());
                case INPUT_LIST -> new Form<>(InputList.TYPE, Samples.inputList());
                case RECEIPT -> new Form<>(Receipt.TYPE, Samples.receipt());
                case FAILED_RECEIPT -> new Form<>(Receipt.TYPE, Samples.failedReceipt());
            };
        }

        Set<String> optional() {
            return switch (this) {
                case PROPOSAL, CARD, AGREEMENT, INPUT_LIST -> Set.of();
                case CODE_STATEMENT -> Set.of("$.requirements", "$.lock");
                case RECEIPT -> Set.of("$.predicate.previous");
                case FAILED_RECEIPT ->
                        Set.of("$.predicate.report.exception", "$.predicate.report.line");
            };
        }
    }

    /// A document and its type.
    record Form<T>(DocumentType<T> type, T document) {
        Json payload() {
            return type.write(document);
        }

        Object read(Json payload) throws MalformedException {
            return Signed.readUnverified(
                    new Envelope(
                            type.payloadType(),
                            Bytes.copyOf(payload.canonical()),
                            KEY.publicKey().fingerprint(),
                            Bytes.copyOf(new byte[64])),
                    type);
        }

        Envelope envelope(Json payload) {
            return KEY.sign(type.payloadType(), Bytes.copyOf(payload.canonical()));
        }

        Object verify(Envelope envelope) throws MalformedException, NotAuthenticException {
            return Signed.verify(envelope, type, KEY.publicKey()).document();
        }
    }

    private static MalformedException refused(Sample sample, Json payload) {
        return assertThrows(
                MalformedException.class, () -> sample.form().read(payload), payload::text);
    }

    @ParameterizedTest
    @EnumSource
    void readsWhatItWrites(Sample sample) throws MalformedException, NotAuthenticException {
        Json payload = sample.form().payload();
        assertEquals(sample.form().document(), sample.form().read(payload));
        assertEquals(
                sample.form().document(), sample.form().verify(sample.form().envelope(payload)));
    }

    @ParameterizedTest
    @EnumSource
    void refusesEveryMemberMissingExtraOrOfAnotherKind(Sample sample) throws MalformedException {
        Form<?> form = sample.form();
        List<JsonEdits.Edit> edits = JsonEdits.of(form.payload(), Set.of("evidence"));
        assertTrue(edits.size() > 50);
        for (JsonEdits.Edit edit : edits) {
            if (edit.kind().equals("missing") && sample.optional().contains(edit.path())) {
                assertNotEquals(form.document(), form.read(edit.result()));
            } else if (!edit.path().equals("$.predicate.evidence")) {
                String message =
                        String.valueOf(
                                assertThrows(
                                                MalformedException.class,
                                                () -> form.read(edit.result()),
                                                edit.toString())
                                        .getMessage());
                if (edit.kind().equals("extra") && !edit.path().startsWith("$.subject")) {
                    assertTrue(message.contains("no member but those of its kind"), message);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void namesTheMemberThatIsMissing(Sample sample) {
        Form<?> form = sample.form();
        for (JsonEdits.Edit edit : JsonEdits.of(form.payload(), Set.of("evidence", "subject"))) {
            if (edit.kind().equals("missing") && !sample.optional().contains(edit.path())) {
                String expected = form.type().name() + edit.path().substring(1);
                assertEquals(
                        expected,
                        assertThrows(MalformedException.class, () -> form.read(edit.result()))
                                .path());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void acceptsNoOtherPayloadUnderTheSameSignature(Sample sample) {
        Form<?> form = sample.form();
        Json payload = form.payload();
        Envelope good = form.envelope(payload);
        int others = 0;
        for (String path : leaves(payload)) {
            Json altered = JsonEdits.set(payload, path, other(JsonEdits.get(payload, path)));
            var envelope =
                    new Envelope(
                            good.payloadType(),
                            Bytes.copyOf(altered.canonical()),
                            good.keyId(),
                            good.signature());
            assertThrows(Exception.class, () -> form.verify(envelope), path);
            assertNotEquals(good.digest(), envelope.digest());
            others++;
        }
        assertTrue(others >= 8);
    }

    private static List<String> leaves(Json payload) {
        List<String> leaves = new ArrayList<>();
        for (JsonEdits.Edit edit : JsonEdits.of(payload, Set.of("evidence"))) {
            if (edit.kind().equals("missing")) {
                leaves.add(edit.path().substring(2));
            }
        }
        return leaves;
    }

    private static Json other(Json value) {
        return switch (value) {
            case Json.Str(var text) ->
                    Json.of(text.isEmpty() ? "x" : text.substring(1) + text.charAt(0));
            case Json.Num(var number) -> Json.of(number + 1);
            case Json.Bool(var bool) -> Json.of(!bool);
            case Json.Arr(var elements) -> {
                List<Json> more = new ArrayList<>(elements);
                more.add(elements.isEmpty() ? Json.of("x") : elements.getLast());
                yield new Json.Arr(more);
            }
            case Json.Obj _, Json.Null _ -> Json.of("x");
        };
    }

    /// A member at its least and most, and one beyond: refused by name.
    @ParameterizedTest
    @CsvSource({
        "PROPOSAL, terms.runs, 1, 1000000",
        "PROPOSAL, terms.notAfter, 0, 253402300799",
        "PROPOSAL, terms.cores, 1, 1024",
        "PROPOSAL, terms.cpuSeconds, 1, 31536000",
        "PROPOSAL, terms.memoryBytes, 67108864, 17592186044416",
        "PROPOSAL, terms.processes, 1, 4096",
        "PROPOSAL, terms.wallSeconds, 1, 31536000",
        "PROPOSAL, terms.outputBytes, 1024, 17592186044416",
        "PROPOSAL, issuedAt, 0, 253402300799",
        "CARD, issuedAt, 0, 253402300799",
        "CODE_STATEMENT, issuedAt, 0, 253402300799",
        "CODE_STATEMENT, bundleBytes, 1, 1073741824",
        "AGREEMENT, issuedAt, 0, 253402300799",
        "INPUT_LIST, issuedAt, 0, 253402300799",
        "INPUT_LIST, run, 1, 1000000",
        "INPUT_LIST, files[0].ciphertextBytes, 1, 17592186044416",
        "RECEIPT, predicate.run, 1, 1000000",
        "RECEIPT, predicate.inputs[0].position, 0, 4095",
        "RECEIPT, predicate.outputs[1].ciphertextBytes, 1, 35184372088832",
        "RECEIPT, predicate.report.startedAt, 0, 253402300799",
        "RECEIPT, predicate.report.wallSeconds, 0, 4503599627370496",
        "RECEIPT, predicate.report.cpuSeconds, 0, 4503599627370496",
        "RECEIPT, predicate.report.peakMemoryBytes, 0, 4503599627370496",
        "FAILED_RECEIPT, predicate.report.line, 1, 10000000"
    })
    void boundsNumbers(Sample sample, String path, long min, long max) throws MalformedException {
        Json payload = sample.form().payload();
        sample.form().read(JsonEdits.set(payload, path, Json.of(min)));
        sample.form().read(JsonEdits.set(payload, path, Json.of(max)));
        String at = sample.form().type().name() + "." + path;
        assertEquals(at, refused(sample, JsonEdits.set(payload, path, Json.of(min - 1))).path());
        assertEquals(at, refused(sample, JsonEdits.set(payload, path, Json.of(max + 1))).path());
    }

    @ParameterizedTest
    @CsvSource({
        "PROPOSAL, type, application/vnd.cloister.card.v1+json",
        "PROPOSAL, dialect, cosmian/1",
        "PROPOSAL, computation, 00",
        "PROPOSAL, title, ''",
        "PROPOSAL, owner, Olga@owner.example",
        "PROPOSAL, ownerKey, ed25519:00",
        "PROPOSAL, participants.codeProvider, nobody",
        "PROPOSAL, participants.dataProviders[0], A@b",
        "PROPOSAL, participants.resultConsumers[0], a b@c",
        "PROPOSAL, runtime.name, Base",
        "PROPOSAL, runtime.name, -base",
        "PROPOSAL, runtime.digest, sha256:00",
        "PROPOSAL, measurements[0], simulated:00",
        "PROPOSAL, measurements[0],"
                + " 'Simulated:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
        "PROPOSAL, terms.isolation, none",
        "PROPOSAL, terms.inputMode, Seekable",
        "PROPOSAL, terms.outputReaders[0], x",
        "CARD, roles[0], owner",
        "CARD, roles[0], CODE_PROVIDER",
        "CARD, recipient, age1",
        "CARD, recipient, AGE1PQ1",
        "CARD, signingKey,"
                + " ed25519:0100000000000000000000000000000000000000000000000000000000000000",
        "CODE_STATEMENT, requirements, md5:00",
        "CODE_STATEMENT, lock, ''",
        "INPUT_LIST, salt, AAAA",
        "INPUT_LIST, salt, AAAAAAAAAAAAAAAAAAAAAA",
        "INPUT_LIST, files[0].name, ../x",
        "INPUT_LIST, files[0].name, ''",
        "RECEIPT, _type, https://in-toto.io/Statement/v0.1",
        "RECEIPT, predicateType, urn:cloister:receipt:v2",
        "RECEIPT, predicate.outputs[0].kind, log",
        "RECEIPT, predicate.report.outcome, 0",
        "FAILED_RECEIPT, predicate.report.exception, ''",
        "FAILED_RECEIPT, predicate.report.exception, my secret",
        "FAILED_RECEIPT, predicate.report.exception, 9Error"
    })
    void refusesTextsThatAreNotTheirKind(Sample sample, String path, String text) {
        Json payload = JsonEdits.set(sample.form().payload(), path, Json.of(text));
        assertEquals(sample.form().type().name() + "." + path, refused(sample, payload).path());
    }

    @Test
    void boundsTextsAndLists() throws MalformedException {
        Json proposal = Sample.PROPOSAL.form().payload();
        Sample.PROPOSAL.form().read(JsonEdits.set(proposal, "title", Json.of("x".repeat(120))));
        refused(Sample.PROPOSAL, JsonEdits.set(proposal, "title", Json.of("x".repeat(121))));
        for (String list : List.of("dataProviders", "resultConsumers")) {
            String path = "participants." + list;
            Json bare =
                    JsonEdits.set(
                            JsonEdits.set(proposal, "terms.outputReaders", Json.array(List.of())),
                            "terms.tracebackReaders",
                            Json.array(List.of()));
            Sample.PROPOSAL.form().read(JsonEdits.set(bare, path, people(64)));
            assertEquals(
                    "proposal." + path,
                    refused(Sample.PROPOSAL, JsonEdits.set(bare, path, people(65))).path());
            assertEquals(
                    "proposal." + path,
                    refused(Sample.PROPOSAL, JsonEdits.set(bare, path, people(0))).path());
            assertEquals(
                    "proposal." + path,
                    refused(
                                    Sample.PROPOSAL,
                                    JsonEdits.set(
                                            bare,
                                            path,
                                            Json.array(List.of(Json.of("a@b"), Json.of("a@b")))))
                            .path());
        }
        Json list = Sample.INPUT_LIST.form().payload();
        Json file = JsonEdits.get(list, "files[0]");
        Sample.INPUT_LIST
                .form()
                .read(JsonEdits.set(list, "files", Json.array(Collections.nCopies(4_096, file))));
        assertEquals(
                "input list.files",
                refused(
                                Sample.INPUT_LIST,
                                JsonEdits.set(
                                        list,
                                        "files",
                                        Json.array(Collections.nCopies(4_097, file))))
                        .path());
        assertEquals(
                "input list.files",
                refused(Sample.INPUT_LIST, JsonEdits.set(list, "files", Json.array(List.of())))
                        .path());
    }

    private static Json people(int count) {
        List<Json> people = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            people.add(Json.of("p" + i + "@x.example"));
        }
        return Json.array(people);
    }

    @Test
    void listsThatHaveAnOrderMustHaveIt() {
        Json proposal = Sample.PROPOSAL.form().payload();
        for (String path : List.of("terms.outputReaders", "terms.tracebackReaders")) {
            Json swapped =
                    Json.array(List.of(Json.of("dana@data.example"), Json.of("carl@code.example")));
            Json twice =
                    Json.array(List.of(Json.of("dana@data.example"), Json.of("dana@data.example")));
            Json stranger = Json.array(List.of(Json.of("zoe@stranger.example")));
            for (Json wrong : List.of(swapped, twice, stranger)) {
                assertEquals(
                        "proposal." + path,
                        refused(Sample.PROPOSAL, JsonEdits.set(proposal, path, wrong)).path());
            }
        }
        Json one = JsonEdits.get(proposal, "measurements[0]");
        assertEquals(
                "proposal.measurements",
                refused(
                                Sample.PROPOSAL,
                                JsonEdits.set(
                                        proposal, "measurements", Json.array(List.of(one, one))))
                        .path());
        Json card = Sample.CARD.form().payload();
        for (List<Json> wrong :
                List.of(
                        List.<Json>of(),
                        List.of(Json.of("result-consumer"), Json.of("data-provider")),
                        List.of(Json.of("data-provider"), Json.of("data-provider")))) {
            assertEquals(
                    "card.roles",
                    refused(Sample.CARD, JsonEdits.set(card, "roles", Json.array(wrong))).path());
        }
    }

    @Test
    void moreThanOneRunNeedsDataThatMayChange() throws MalformedException {
        Json proposal = Sample.PROPOSAL.form().payload();
        Json fixed = JsonEdits.set(proposal, "terms.dataMayChange", Json.of(false));
        assertEquals("proposal.terms.runs", refused(Sample.PROPOSAL, fixed).path());
        Sample.PROPOSAL.form().read(JsonEdits.set(fixed, "terms.runs", Json.of(1)));
    }

    @Test
    void recipientsHaveTheLengthOfTheirKind() throws MalformedException {
        String hybrid = Samples.recipient("x").value();
        String classic = Samples.classicRecipient("x").value();
        assertTrue(AgeRecipient.parse(hybrid, "it").isPostQuantum());
        assertEquals(false, AgeRecipient.parse(classic, "it").isPostQuantum());
        for (String wrong :
                List.of(
                        hybrid + "q",
                        hybrid.substring(0, 1958),
                        classic + "q",
                        classic.substring(0, 61),
                        classic.replaceFirst("age1.", "age1b"),
                        classic.toUpperCase(Locale.ROOT),
                        classic + "\n",
                        "age1pq1" + classic.substring(4),
                        "")) {
            assertThrows(MalformedException.class, () -> AgeRecipient.parse(wrong, "it"), wrong);
            assertThrows(IllegalArgumentException.class, () -> new AgeRecipient(wrong), wrong);
        }
    }

    @Test
    void aDigestIsOverThePayloadAsCarried() throws MalformedException, NotAuthenticException {
        Envelope envelope = Samples.signedProposal();
        assertEquals(
                Sha256.of(envelope.payload()),
                Signed.verify(envelope, Proposal.TYPE, Samples.key(Samples.OLGA).publicKey())
                        .digest());
    }
}
