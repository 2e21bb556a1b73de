package io.cloister.protocol.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.JsonEdits;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Samples;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// spec/documents.md §9, past what holds for every document.
final class ReceiptTest {
    private static final Json GOOD = Receipt.TYPE.write(Samples.receipt());

    private static String refused(Json payload) {
        return assertThrows(MalformedException.class, () -> Receipt.TYPE.read(payload)).path();
    }

    @Test
    void isAnInTotoStatementOfTheOutputs() {
        assertEquals("application/vnd.in-toto+json", Receipt.TYPE.payloadType());
        assertEquals(
                Json.object()
                        .put("name", "result/rita@result.example/1")
                        .put(
                                "digest",
                                Json.object()
                                        .put(
                                                "sha256",
                                                Samples.receipt()
                                                        .outputs()
                                                        .get(2)
                                                        .ciphertext()
                                                        .hex())
                                        .build())
                        .build(),
                JsonEdits.get(GOOD, "subject[2]"));
        assertEquals(Samples.identity().digest(), Samples.receipt().identityDigest());
    }

    @Test
    void aFailedRunIsAboutTheAgreement() {
        assertEquals(
                "{\"digest\":{\"sha256\":\""
                        + Samples.signedAgreement().digest().hex()
                        + "\"},\"name\":\"agreement\"}",
                JsonEdits.get(Receipt.TYPE.write(Samples.failedReceipt()), "subject[0]").text());
    }

    @Test
    void refusesSubjectsOtherThanTheOutputs() {
        Json first = JsonEdits.get(GOOD, "subject[0]");
        Json second = JsonEdits.get(GOOD, "subject[1]");
        List<Json> all = new ArrayList<>(((Json.Arr) JsonEdits.get(GOOD, "subject")).elements());
        List<List<Json>> wrong = new ArrayList<>();
        wrong.add(List.of());
        wrong.add(all.subList(1, all.size()));
        List<Json> swapped = new ArrayList<>(all);
        swapped.set(0, second);
        swapped.set(1, first);
        wrong.add(swapped);
        List<Json> more = new ArrayList<>(all);
        more.add(first);
        wrong.add(more);
        for (List<Json> subjects : wrong) {
            assertEquals(
                    "receipt.subject",
                    refused(JsonEdits.set(GOOD, "subject", Json.array(subjects))));
        }
    }

    @Test
    void refusesAnIdentityOfAnotherComputationAgreementOrRuntime() {
        EnclaveIdentity good = Samples.identity();
        var otherComputation =
                new EnclaveIdentity(
                        new ComputationId(Samples.bytes("x", 16)),
                        good.agreement(),
                        good.recipient(),
                        good.signingKey(),
                        good.runtime(),
                        good.isolation(),
                        good.swap(),
                        good.startedAt());
        var otherAgreement =
                new EnclaveIdentity(
                        good.computation(),
                        Samples.digest("x"),
                        good.recipient(),
                        good.signingKey(),
                        good.runtime(),
                        good.isolation(),
                        good.swap(),
                        good.startedAt());
        var otherRuntime =
                new EnclaveIdentity(
                        good.computation(),
                        good.agreement(),
                        good.recipient(),
                        good.signingKey(),
                        new RuntimeRef("base", Samples.digest("x")),
                        good.isolation(),
                        good.swap(),
                        good.startedAt());
        assertEquals(
                "receipt.predicate.computation",
                refused(withIdentity(otherComputation.canonical())));
        assertEquals(
                "receipt.predicate.agreement", refused(withIdentity(otherAgreement.canonical())));
        assertEquals("receipt.predicate.runtime", refused(withIdentity(otherRuntime.canonical())));
        assertEquals("identity", refused(withIdentity(Bytes.utf8("{}\n"))));
    }

    private static Json withIdentity(Bytes identity) {
        return JsonEdits.set(GOOD, "predicate.identity", Json.of(identity.base64()));
    }

    @ParameterizedTest
    @CsvSource({"grants, signer", "inputLists, signer", "inputs, provider", "outputs, reader"})
    void namesNothingTwice(String list, String unused) {
        String path = "predicate." + list;
        List<Json> elements = new ArrayList<>(((Json.Arr) JsonEdits.get(GOOD, path)).elements());
        Json twin = elements.getFirst();
        String digest =
                twin instanceof Json.Obj(var members) && members.containsKey("digest")
                        ? "digest"
                        : "ciphertext";
        elements.add(JsonEdits.set(twin, digest, Json.of(Samples.digest("another").toString())));
        assertEquals(
                "receipt." + path,
                refused(JsonEdits.set(GOOD, path, Json.array(elements))),
                unused);
    }

    @ParameterizedTest
    @EnumSource(value = Outcome.class, mode = EnumSource.Mode.EXCLUDE, names = "SUCCESS")
    void releasesNoResultOfARunThatFailed(Outcome outcome) throws MalformedException {
        Receipt good = Samples.receipt();
        for (Receipt.Output output : good.outputs()) {
            Json payload =
                    Receipt.TYPE.write(
                            Samples.receipt(
                                    outcome, List.of(output), Optional.empty(), Optional.empty()));
            if (output.kind() != Receipt.Kind.RESULT) {
                Receipt.TYPE.read(payload);
            } else {
                assertEquals("receipt.predicate.outputs", refused(payload));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Outcome.class, mode = EnumSource.Mode.EXCLUDE, names = "EXCEPTION")
    void namesAnExceptionOnlyWhereOneEndedTheRun(Outcome outcome) {
        Json payload =
                Receipt.TYPE.write(
                        Samples.receipt(
                                outcome, List.of(), Optional.of("KeyError"), Optional.empty()));
        assertEquals("receipt.predicate.report.exception", refused(payload));
    }

    @Test
    void tellsFiguresAsPowersOfTwoOnly() {
        for (String figure : List.of("wallSeconds", "cpuSeconds", "peakMemoryBytes")) {
            String path = "predicate.report." + figure;
            for (long value : new long[] {3, 5, 1_000_000, Json.MAX_INTEGER}) {
                assertEquals("receipt." + path, refused(JsonEdits.set(GOOD, path, Json.of(value))));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "1,1",
        "2,2",
        "3,4",
        "4,4",
        "5,8",
        "1025,2048",
        "4503599627370495,4503599627370496",
        "4503599627370496,4503599627370496"
    })
    void roundsFiguresUp(long value, long rounded) {
        assertEquals(rounded, Receipt.Report.roundedUp(value));
    }

    @Test
    void refusesToRoundWhatHasNoPlace() {
        assertThrows(IllegalArgumentException.class, () -> Receipt.Report.roundedUp(-1));
        assertThrows(
                IllegalArgumentException.class, () -> Receipt.Report.roundedUp((1L << 52) + 1));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 3, 6, 1023, 1L << 53, Long.MIN_VALUE, Long.MAX_VALUE})
    void makesNoReportOfAFigureThatIsNotRounded(long figure) {
        assertEquals(1, report(1, 1, 1).wallSeconds());
        assertThrows(IllegalArgumentException.class, () -> report(figure, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> report(1, figure, 1));
        assertThrows(IllegalArgumentException.class, () -> report(1, 1, figure));
    }

    private static Receipt.Report report(long wall, long cpu, long memory) {
        return new Receipt.Report(
                Outcome.SUCCESS,
                Optional.empty(),
                Optional.empty(),
                Instant.EPOCH,
                wall,
                cpu,
                memory);
    }

    /// 4,096 inputs and outputs, 129 people, all with the longest e-mails.
    @Test
    void theLargestFitsIntoAnEnvelope() throws MalformedException {
        String domain = "@" + "d".repeat(63) + "." + "d".repeat(63) + "." + "d".repeat(58);
        List<Email> people = new ArrayList<>();
        for (int i = 0; i < 129; i++) {
            people.add(new Email(String.format("%064d", i).replace('0', 'a') + domain));
        }
        assertEquals(251, people.getFirst().value().length());
        Receipt good = Samples.receipt();
        List<Receipt.Input> inputs = new ArrayList<>();
        List<Receipt.Output> outputs = new ArrayList<>();
        for (int i = 0; i < 4_096; i++) {
            inputs.add(new Receipt.Input(people.get(1), i, Samples.digest("i")));
            outputs.add(
                    new Receipt.Output(
                            people.get(2), Receipt.Kind.RESULT, i, Samples.digest("o"), 1L << 45));
        }
        List<Receipt.SignedBy> signed =
                people.stream()
                        .map(person -> new Receipt.SignedBy(person, Samples.digest("g")))
                        .toList();
        Terms t = good.terms();
        var terms =
                t.toBuilder()
                        .outputReaders(people.subList(0, 64).stream().sorted().distinct().toList())
                        .tracebackReaders(
                                people.subList(0, 64).stream().sorted().distinct().toList())
                        .build();
        List<BillOfMaterials.Component> packages = new ArrayList<>();
        for (int i = 0; i < BillOfMaterials.MAX_PACKAGES; i++) {
            packages.add(
                    new BillOfMaterials.Component(
                            "p" + (10_000 + i) + "x".repeat(90),
                            "1!" + "+".repeat(78),
                            Samples.digest("wheel " + i),
                            BillOfMaterials.Origin.RUNTIME));
        }
        var largest =
                new Receipt(
                        good.computation(),
                        good.agreement(),
                        good.identity(),
                        good.evidence(),
                        good.run(),
                        signed.subList(0, 10),
                        signed.subList(0, 10),
                        good.bundle(),
                        good.runtime(),
                        new BillOfMaterials(packages),
                        inputs,
                        outputs,
                        terms,
                        good.report(),
                        good.previous());
        Bytes payload = Bytes.copyOf(Receipt.TYPE.write(largest).canonical());
        assertTrue(
                payload.length() < Envelope.MAX_PAYLOAD - (2 << 20),
                payload + " leaves no room for Evidence");
        Receipt.TYPE.read(CanonicalJson.parse(payload.toArray(), JsonLimits.DOCUMENT, "receipt"));
        inputs.add(inputs.getFirst());
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new Receipt(
                                good.computation(),
                                good.agreement(),
                                good.identity(),
                                good.evidence(),
                                1,
                                List.of(),
                                List.of(),
                                good.bundle(),
                                good.runtime(),
                                good.packages(),
                                inputs,
                                List.of(),
                                terms,
                                good.report(),
                                good.previous()));
    }
}
