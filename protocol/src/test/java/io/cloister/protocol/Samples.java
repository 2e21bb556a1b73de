package io.cloister.protocol;

import io.cloister.protocol.document.AgeRecipient;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Swap;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// One computation with all its documents, made from fixed seeds: the same bytes every time.
public final class Samples {
    public static final Email OLGA = new Email("olga@owner.example");
    public static final Email CARL = new Email("carl@code.example");
    public static final Email DANA = new Email("dana@data.example");
    public static final Email DAVE = new Email("dave@data.example");
    public static final Email RITA = new Email("rita@result.example");

    public static final ComputationId COMPUTATION = new ComputationId(bytes("computation", 16));
    public static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    public static final RuntimeRef RUNTIME = new RuntimeRef("base", digest("runtime"));

    /// Dana gives data and gets a result.
    public static final Roster ROSTER = new Roster(CARL, List.of(DANA, DAVE), List.of(RITA, DANA));

    private static final Map<Email, TestKey> KEYS =
            Map.of(
                    OLGA, TestKey.of("owner"),
                    CARL, TestKey.of("code"),
                    DANA, TestKey.of("data 1"),
                    DAVE, TestKey.of("data 2"),
                    RITA, TestKey.of("result"));

    private Samples() {}

    /// `length` bytes that depend on `seed` only.
    public static Bytes bytes(String seed, int length) {
        var all = Bytes.copyOf(new byte[0]);
        for (int i = 0; all.length() < length; i++) {
            all = Bytes.concat(all, digest(seed + "/" + i).value());
        }
        return Bytes.copyOf(Arrays.copyOf(all.toArray(), length));
    }

    public static Sha256 digest(String seed) {
        return Sha256.of(Bytes.utf8(seed));
    }

    public static TestKey key(Email person) {
        return Objects.requireNonNull(KEYS.get(person));
    }

    /// The shape of a hybrid recipient; nobody holds its key.
    public static AgeRecipient recipient(String seed) {
        return new AgeRecipient("age1pq1" + letters(seed, 1952));
    }

    /// The shape of an X25519 recipient; nobody holds its key.
    public static AgeRecipient classicRecipient(String seed) {
        return new AgeRecipient("age1" + letters(seed, 58));
    }

    private static String letters(String seed, int count) {
        String alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        var text = new StringBuilder();
        Bytes bytes = bytes(seed, count);
        for (int i = 0; i < count; i++) {
            text.append(alphabet.charAt(bytes.at(i) & 31));
        }
        return text.toString();
    }

    public static Terms terms() {
        return new Terms(
                3,
                NOW.plusSeconds(604_800),
                2,
                3_600,
                4L << 30,
                1,
                1_800,
                1L << 30,
                IsolationLevel.NAMESPACES,
                InputMode.SEEKABLE,
                true,
                List.of(CARL),
                List.of(CARL, DANA));
    }

    public static Proposal proposal() {
        return new Proposal(
                COMPUTATION,
                "Déjà vu: mean age",
                OLGA,
                key(OLGA).publicKey(),
                ROSTER,
                RUNTIME,
                List.of("simulated:" + digest("measurement").hex()),
                terms(),
                NOW);
    }

    public static Envelope signedProposal() {
        return Made.PROPOSAL;
    }

    public static Card card(Email person) {
        return card(person, signedProposal().digest());
    }

    public static Card card(Email person, Sha256 proposal) {
        return new Card(
                COMPUTATION,
                proposal,
                person,
                ROSTER.roles(person),
                key(person).publicKey(),
                person.equals(DANA)
                        ? recipient("recipient of " + person)
                        : classicRecipient("recipient of " + person),
                NOW.plusSeconds(60));
    }

    public static Envelope signedCard(Email person) {
        return key(person).sign(Card.TYPE, card(person));
    }

    public static List<Envelope> signedCards() {
        return Made.CARDS;
    }

    public static CodeStatement code() {
        return new CodeStatement(
                COMPUTATION,
                signedProposal().digest(),
                CARL,
                digest("bundle"),
                10_240,
                digest("run.py"),
                Optional.of(digest("requirements.txt")),
                Optional.of(digest("requirements.lock")),
                NOW.plusSeconds(120));
    }

    public static Envelope signedCode() {
        return Made.CODE;
    }

    public static Agreement agreement() {
        return new Agreement(
                COMPUTATION, signedProposal(), signedCards(), signedCode(), NOW.plusSeconds(180));
    }

    public static Envelope signedAgreement() {
        return Made.AGREEMENT;
    }

    public static TestKey enclaveKey() {
        return TestKey.of("enclave");
    }

    public static EnclaveIdentity identity() {
        return new EnclaveIdentity(
                COMPUTATION,
                signedAgreement().digest(),
                recipient("enclave"),
                enclaveKey().publicKey(),
                RUNTIME,
                IsolationLevel.NAMESPACES,
                Swap.OFF,
                NOW.plusSeconds(240));
    }

    public static InputList inputList() {
        return new InputList(
                signedAgreement().digest(),
                identity().digest(),
                DANA,
                1,
                bytes("salt", 16),
                List.of(
                        new InputList.InputFile(
                                new FileName("patients 2026.csv"), digest("patients"), 1_234_567),
                        new InputList.InputFile(new FileName("größen.csv"), digest("sizes"), 500)),
                NOW.plusSeconds(300));
    }

    public static Receipt receipt() {
        return receipt(
                Outcome.SUCCESS,
                List.of(
                        output(RITA, Receipt.Kind.INDEX, 0),
                        output(RITA, Receipt.Kind.RESULT, 0),
                        output(RITA, Receipt.Kind.RESULT, 1),
                        output(DANA, Receipt.Kind.INDEX, 0),
                        output(DANA, Receipt.Kind.RESULT, 0),
                        output(CARL, Receipt.Kind.OUTPUT, 0)),
                Optional.empty(),
                Optional.of(digest("previous receipt")));
    }

    /// A run that user code's `KeyError` ended.
    public static Receipt failedReceipt() {
        return receipt(Outcome.EXCEPTION, List.of(), Optional.of("KeyError"), Optional.empty());
    }

    public static Receipt receipt(
            Outcome outcome,
            List<Receipt.Output> outputs,
            Optional<String> exception,
            Optional<Sha256> previous) {
        return new Receipt(
                COMPUTATION,
                signedAgreement().digest(),
                identity().canonical(),
                Json.object().put("kind", "sample").build(),
                1,
                ROSTER.people().stream()
                        .map(person -> new Receipt.SignedBy(person, digest("grant of " + person)))
                        .toList(),
                List.of(
                        new Receipt.SignedBy(DANA, digest("list of dana")),
                        new Receipt.SignedBy(DAVE, digest("list of dave"))),
                digest("bundle"),
                RUNTIME,
                packages(),
                List.of(
                        new Receipt.Input(DANA, 0, digest("patients")),
                        new Receipt.Input(DANA, 1, digest("sizes")),
                        new Receipt.Input(DAVE, 0, digest("others"))),
                outputs,
                terms(),
                new Receipt.Report(
                        outcome,
                        exception,
                        exception.map(_ -> 12L),
                        NOW.plusSeconds(360),
                        2,
                        1,
                        1L << 27),
                previous);
    }

    public static BillOfMaterials packages() {
        return new BillOfMaterials(
                List.of(
                        new BillOfMaterials.Component(
                                "numpy",
                                "2.4.6",
                                digest("numpy's wheel"),
                                BillOfMaterials.Origin.RUNTIME),
                        new BillOfMaterials.Component(
                                "torch",
                                "2.9.0+cpu",
                                digest("torch's wheel"),
                                BillOfMaterials.Origin.CODE)));
    }

    private static Receipt.Output output(Email reader, Receipt.Kind kind, int position) {
        return new Receipt.Output(
                reader,
                kind,
                position,
                digest("output " + reader + kind + position),
                2_000 + position);
    }

    public static Envelope signedReceipt() {
        return enclaveKey().sign(Receipt.TYPE, receipt());
    }

    /// Signed once: signing takes most of the time of tests.
    private static final class Made {
        static final Envelope PROPOSAL = key(OLGA).sign(Proposal.TYPE, proposal());
        static final List<Envelope> CARDS =
                ROSTER.people().stream().map(Samples::signedCard).toList();
        static final Envelope CODE = key(CARL).sign(CodeStatement.TYPE, code());
        static final Envelope AGREEMENT = key(OLGA).sign(Agreement.TYPE, agreement());
    }
}
