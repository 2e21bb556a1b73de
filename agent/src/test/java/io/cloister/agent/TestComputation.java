package io.cloister.agent;

import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.crypto.bundle.BundleSummary;
import io.cloister.crypto.bundle.BundleWriter;
import io.cloister.crypto.grant.Grant;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// A whole computation with everybody's keys: one Code Provider, two Data Providers, two Result
/// Consumers, who all do as they should. Tests change one thing at a time.
final class TestComputation {
    static final Email CODE = new Email("code@example.org");
    static final Email ANNA = new Email("anna@example.org");
    static final Email BEN = new Email("ben@example.org");
    static final Email CARL = new Email("carl@example.org");
    static final Email DORA = new Email("dora@example.org");
    static final Email OWNER = new Email("owner@example.org");
    static final Bytes LOCK = Bytes.utf8("# nothing\n");
    static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

    private static final SecureRandom RANDOM = new SecureRandom();

    final ComputationId computation;
    final Roster roster = new Roster(CODE, List.of(ANNA, BEN), List.of(CARL, DORA));
    final SigningKey ownerKey;
    final Map<Sha256, Bytes> blobs = new HashMap<>();
    private final Map<Email, SigningKey> signing = new HashMap<>();
    private final Map<Email, Identity> receiving = new HashMap<>();
    private final Map<Email, Identity> encrypting = new HashMap<>();
    private final Map<BundlePath, Bytes> files = new TreeMap<>();
    private Terms terms = defaults();
    private RuntimeRef runtime = new RuntimeRef("bare", Sha256.of(LOCK));
    private UnaryOperator<byte[]> bundling = UnaryOperator.identity();
    private Optional<VerifiedAgreement> agreement = Optional.empty();

    TestComputation() {
        this(RANDOM);
    }

    /// With everybody's keys from `random`.
    TestComputation(SecureRandom random) {
        byte[] id = new byte[ComputationId.LENGTH];
        random.nextBytes(id);
        computation = new ComputationId(Bytes.copyOf(id));
        ownerKey = SigningKey.generate(random);
        for (Email person : roster.people()) {
            signing.put(person, SigningKey.generate(random));
            receiving.put(person, Identity.generate(random));
            encrypting.put(person, Identity.generate(random));
        }
        clear("run.py", "print('hello')\n");
    }

    static Terms defaults() {
        return new Terms(
                1,
                NOW.plusSeconds(7 * 24 * 3600),
                2,
                60,
                512L << 20,
                1,
                60,
                64L << 20,
                IsolationLevel.NAMESPACES,
                InputMode.SEEKABLE,
                false,
                List.of(),
                List.of());
    }

    static Bytes random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return Bytes.copyOf(bytes);
    }

    TestComputation terms(UnaryOperator<Terms> change) {
        terms = change.apply(terms);
        return this;
    }

    TestComputation runtime(Sha256 lock) {
        runtime = new RuntimeRef("bare", lock);
        return this;
    }

    /// With other bytes in place of the bundle, for which the Code Provider signs.
    TestComputation bundledAs(UnaryOperator<byte[]> change) {
        bundling = change;
        return this;
    }

    TestComputation clear(String path, String content) {
        files.put(new BundlePath(path), Bytes.utf8(content));
        return this;
    }

    TestComputation secret(String path, String content) {
        return secret(path, Bytes.utf8(content), encrypting(CODE));
    }

    TestComputation secret(String path, Bytes content, Identity key) {
        files.put(
                new BundlePath(path + BundlePath.ENCRYPTED_SUFFIX),
                Sealing.to(List.of(key.recipient())).file(content.toArray()));
        return this;
    }

    SigningKey signing(Email person) {
        return Objects.requireNonNull(signing.get(person));
    }

    Identity receiving(Email person) {
        return Objects.requireNonNull(receiving.get(person));
    }

    Identity encrypting(Email person) {
        return Objects.requireNonNull(encrypting.get(person));
    }

    /// The agreement, made once.
    VerifiedAgreement agreement() {
        return agreement.orElseGet(() -> {
            try {
                var made = VerifiedAgreement.verify(sign());
                agreement = Optional.of(made);
                return made;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    private Envelope sign() throws MalformedException, IOException {
        var proposal =
                EnvelopeSigner.sign(
                        ownerKey,
                        Proposal.TYPE,
                        new Proposal(
                                computation,
                                "test",
                                OWNER,
                                ownerKey.publicKey(),
                                roster,
                                runtime,
                                List.of(),
                                terms,
                                NOW));
        List<Envelope> cards = new ArrayList<>();
        for (Email person : roster.people()) {
            cards.add(
                    EnvelopeSigner.sign(
                            signing(person),
                            Card.TYPE,
                            new Card(
                                    computation,
                                    proposal.digest(),
                                    person,
                                    roster.roles(person),
                                    signing(person).publicKey(),
                                    receiving(person).recipient().text(),
                                    NOW)));
        }
        var code =
                EnvelopeSigner.sign(
                        signing(CODE), CodeStatement.TYPE, statement(proposal.digest()));
        return EnvelopeSigner.sign(
                ownerKey, Agreement.TYPE, new Agreement(computation, proposal, cards, code, NOW));
    }

    private CodeStatement statement(Sha256 proposal) throws MalformedException, IOException {
        var out = new ByteArrayOutputStream();
        var writer = new BundleWriter(out);
        for (Map.Entry<BundlePath, Bytes> file : files.entrySet()) {
            byte[] content = file.getValue().toArray();
            writer.add(file.getKey(), content.length, new ByteArrayInputStream(content));
        }
        writer.finish();
        BundleSummary summary = BundleSummary.read(Bytes.copyOf(out.toByteArray()));
        Bytes bundle = store(Bytes.copyOf(bundling.apply(out.toByteArray())));
        return new CodeStatement(
                computation,
                proposal,
                CODE,
                Sha256.of(bundle),
                bundle.length(),
                Sha256.of(summary.run()),
                summary.requirements().map(Sha256::of),
                summary.lock().map(Sha256::of),
                NOW);
    }

    private Bytes store(Bytes blob) {
        blobs.put(Sha256.of(blob), blob);
        return blob;
    }

    /// Encrypts a file of `provider` and puts it where the control plane keeps it.
    InputList.InputFile input(Email provider, String name, Bytes content) {
        Bytes sealed =
                store(
                        Sealing.to(List.of(encrypting(provider).recipient()))
                                .file(content.toArray()));
        return new InputList.InputFile(new FileName(name), Sha256.of(sealed), sealed.length());
    }

    InputList list(Email provider, Sha256 enclave, long run, InputList.InputFile... inputs) {
        return new InputList(
                agreement().digest(),
                enclave,
                provider,
                run,
                random(InputList.SALT_LENGTH),
                List.of(inputs),
                NOW);
    }

    Envelope signed(InputList list) {
        return EnvelopeSigner.sign(signing(list.signer()), InputList.TYPE, list);
    }

    Envelope signed(Grant grant) {
        return EnvelopeSigner.sign(signing(grant.signer()), Grant.TYPE, grant);
    }

    /// What `person` grants: a Data Provider gives one small file.
    Grant grant(Email person, Sha256 enclave) {
        if (!roster.has(person, Role.DATA_PROVIDER)) {
            return grant(person, enclave, Optional.empty());
        }
        var file = input(person, person.value() + ".txt", Bytes.utf8("data of " + person));
        return grant(person, enclave, Optional.of(signed(list(person, enclave, 1, file))));
    }

    Grant grant(Email person, Sha256 enclave, Optional<Envelope> inputs) {
        boolean brings =
                roster.has(person, Role.CODE_PROVIDER) || roster.has(person, Role.DATA_PROVIDER);
        return new Grant(
                agreement().digest(),
                enclave,
                person,
                agreement().terms().runs(),
                agreement().terms().notAfter(),
                brings ? Optional.of(encrypting(person)) : Optional.empty(),
                inputs,
                NOW);
    }

    static HybridIdentity freshHybrid() {
        return HybridIdentity.generate(RANDOM);
    }
}
