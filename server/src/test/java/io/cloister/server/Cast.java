package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.AgeRecipient;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The people of one computation and the documents they sign.
final class Cast {
    static final Email OWNER = new Email("alice@example.org");
    static final Email CODER = new Email("bob@example.org");
    static final Email CAROL = new Email("carol@example.org");
    static final Email DAVE = new Email("dave@example.org");
    static final Email ERIN = new Email("erin@example.org");
    static final Email FRANK = new Email("frank@example.org");
    static final RuntimeRef RUNTIME = new RuntimeRef("bare", Sha256.of(new byte[0]));
    static final byte[] BUNDLE =
            "a bundle, as far as a server can tell".getBytes(StandardCharsets.UTF_8);

    final ComputationId id = randomId();
    final Roster roster = new Roster(CODER, List.of(CAROL, DAVE), List.of(ERIN, FRANK));
    final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    final Map<Email, TestKey> keys = new LinkedHashMap<>();
    final Map<Email, String> enrolmentTokens = new LinkedHashMap<>();
    final Terms terms;
    final Envelope proposal;

    Cast() {
        this(terms(true));
    }

    Cast(Terms terms) {
        this.terms = terms;
        keys.put(OWNER, new TestKey());
        for (Email person : roster.people()) {
            keys.put(person, new TestKey());
            enrolmentTokens.put(person, "enrol-" + id + "-" + person.value());
        }
        proposal = key(OWNER).sign(Proposal.TYPE, proposal(RUNTIME, OWNER));
    }

    static Terms terms(boolean dataMayChange) {
        Terms base = Terms.defaults(Instant.now());
        return base.toBuilder()
                .runs(3)
                .outputBytes(1 << 20)
                .dataMayChange(dataMayChange)
                .outputReaders(List.of(CAROL))
                .build();
    }

    Proposal proposal(RuntimeRef runtime, Email owner) {
        return new Proposal(
                id,
                "a test",
                owner,
                key(OWNER).publicKey(),
                roster,
                runtime,
                List.of(),
                terms,
                now);
    }

    TestKey key(Email person) {
        return Optional.ofNullable(keys.get(person)).orElseThrow();
    }

    private static ComputationId randomId() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return new ComputationId(Bytes.copyOf(bytes));
    }

    Card cardOf(Email person) {
        return new Card(
                id,
                proposal.digest(),
                person,
                roster.roles(person),
                key(person).publicKey(),
                recipient(person.value()),
                now);
    }

    Envelope card(Email person) {
        return key(person).sign(Card.TYPE, cardOf(person));
    }

    /// Recipient-shaped text; nothing here encrypts.
    static AgeRecipient recipient(String seed) {
        String alphabet = "023456789acdefghjklmnpqrstuvwxyz";
        var text = new StringBuilder("age1pq1");
        byte[] digest = Sha256.of(seed.getBytes(StandardCharsets.UTF_8)).value().toArray();
        for (int i = 0; i < 1952; i++) {
            text.append(alphabet.charAt((digest[i % digest.length] + i) & 31));
        }
        return new AgeRecipient(text.toString());
    }

    Envelope code() {
        return key(CODER)
                .sign(
                        CodeStatement.TYPE,
                        new CodeStatement(
                                id,
                                proposal.digest(),
                                CODER,
                                Sha256.of(BUNDLE),
                                BUNDLE.length,
                                Sha256.of(new byte[1]),
                                Optional.empty(),
                                Optional.empty(),
                                now));
    }

    Envelope agreement() {
        return key(OWNER)
                .sign(
                        Agreement.TYPE,
                        new Agreement(
                                id,
                                proposal,
                                roster.people().stream().map(this::card).toList(),
                                code(),
                                now));
    }

    Json creation() {
        return Json.object()
                .put("proposal", proposal.toJson())
                .put(
                        "enrolments",
                        enrolmentTokens.entrySet().stream()
                                .<Json>map(entry ->
                                        Json.object()
                                                .put("email", entry.getKey().value())
                                                .put(
                                                        "tokenHash",
                                                        Accounts.hash(entry.getValue()).toString())
                                                .build())
                                .toList())
                .build();
    }

    Json enrolment(Email person) {
        return Json.object()
                .put("computation", id.toString())
                .put("email", person.value())
                .put("token", Optional.ofNullable(enrolmentTokens.get(person)).orElseThrow())
                .put("accessTokenHash", Accounts.hash(accessToken(person)).toString())
                .build();
    }

    String accessToken(Email person) {
        return "access-" + id + "-" + person.value();
    }

    Json registration(Email person) {
        return Json.object().put("card", card(person).toJson()).put("tag", "ab".repeat(32)).build();
    }
}
