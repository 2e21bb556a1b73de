package io.cloister.client;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.attestation.testkit.SimulatedVendor;
import io.cloister.client.server.Endpoint;
import io.cloister.client.server.Published;
import io.cloister.client.server.ServerUrl;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.InvitationSecret;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.crypto.bundle.BundleSummary;
import io.cloister.crypto.bundle.BundleWriter;
import io.cloister.crypto.keystore.ParticipantKeys;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.DocumentRefusedException;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Swap;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// One computation as honest parties play it, with real keys. Tests alter one thing and make the
/// document anew, correctly signed: what refuses then is the check meant, and not a signature.
final class Play {
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    static final Email OWNER = new Email("owner@example.org");
    static final Email CODER = new Email("coder@example.org");
    static final Email PROVIDER = new Email("provider@example.org");
    static final Email CONSUMER = new Email("consumer@example.org");
    static final List<Email> PEOPLE = List.of(CODER, PROVIDER, CONSUMER);
    static final SecureRandom RANDOM = new SecureRandom();
    static final String RUN = "import secret\n";

    final ServerUrl url;
    final ComputationId computation = new ComputationId(Bytes.utf8("0123456789abcdef"));
    final SigningKey ownerKey = SigningKey.generate(RANDOM);
    final Map<Email, ParticipantKeys> keys = new LinkedHashMap<>();
    final Map<Email, InvitationSecret> secrets = new LinkedHashMap<>();
    final RuntimeRef runtime = new RuntimeRef("bare", Sha256.of(Bytes.utf8("lock")));
    final Bytes bundle = bundle(RUN);
    final Roster roster;
    final Terms terms;
    final List<String> measurements;
    final Proposal proposal;
    final Envelope signedProposal;
    final Map<Email, Envelope> cards = new LinkedHashMap<>();
    final Envelope code;
    final VerifiedAgreement agreement;
    final SigningKey enclaveKey = SigningKey.generate(RANDOM);
    final Identity enclaveAge = Identity.generate(RANDOM);
    final EnclaveIdentity identity;
    final SimulatedVendor vendor = new SimulatedVendor("test");
    final Measurement measurement =
            new Measurement(
                    Sha256.of(Bytes.utf8("agent")),
                    Sha256.of(Bytes.utf8("python")),
                    runtime.digest());

    Play() {
        this("http://127.0.0.1:1");
    }

    Play(String server) {
        this(server, 1, List.of());
    }

    /// @param runs most runs of an enclave
    /// @param measurements enclaves to narrow everyone's policy to
    Play(String server, long runs, List<String> measurements) {
        this(server, terms(runs), measurements);
    }

    /// @param terms all of them
    Play(String server, Terms terms, List<String> measurements) {
        this(server, terms, measurements, List.of(CONSUMER));
    }

    /// @param consumers some of [#PEOPLE]
    Play(String server, Terms terms, List<String> measurements, List<Email> consumers) {
        this.roster = new Roster(CODER, List.of(PROVIDER), consumers);
        this.terms = terms;
        this.measurements = measurements;
        this.proposal = proposal(computation);
        this.signedProposal = sign(proposal);
        try {
            url = ServerUrl.parse(server, "server");
        } catch (MalformedException e) {
            throw new IllegalArgumentException(e);
        }
        for (Email person : PEOPLE) {
            keys.put(person, ParticipantKeys.generate(RANDOM));
            secrets.put(person, InvitationSecret.generate(RANDOM));
            cards.put(person, card(person, of(person, keys)));
        }
        code = code("");
        agreement = agreement(code, cards);
        identity = identity(agreement.digest());
    }

    private static Terms terms(long runs) {
        return terms(runs, IsolationLevel.NAMESPACES);
    }

    /// The usual ones, but for their isolation.
    static Terms demandingCgroups() {
        return terms(1, IsolationLevel.CGROUPS);
    }

    private static Terms terms(long runs, IsolationLevel isolation) {
        Terms usual = Terms.defaults(NOW);
        return usual.toBuilder().runs(runs).isolation(isolation).dataMayChange(runs > 1).build();
    }

    static <T> T of(Email person, Map<Email, T> all) {
        T one = all.get(person);
        if (one == null) {
            throw new IllegalArgumentException("no " + person);
        }
        return one;
    }

    Proposal proposal(ComputationId id) {
        return new Proposal(
                id,
                "a test",
                OWNER,
                ownerKey.publicKey(),
                roster,
                runtime,
                measurements,
                terms,
                NOW);
    }

    Envelope sign(Proposal any) {
        return EnvelopeSigner.sign(ownerKey, Proposal.TYPE, any);
    }

    Envelope card(Email person, ParticipantKeys own) {
        return EnvelopeSigner.sign(
                own.signing(),
                Card.TYPE,
                new Card(
                        computation,
                        signedProposal.digest(),
                        person,
                        proposal.roster().roles(person),
                        own.signing().publicKey(),
                        own.receive().recipient().text(),
                        NOW));
    }

    /// The code statement; another `mark` makes another statement about the same bundle.
    Envelope code(String mark) {
        return code(mark, bundle);
    }

    /// The code statement about another bundle.
    Envelope code(String mark, Bytes any) {
        BundleSummary summary = summary(any);
        return EnvelopeSigner.sign(
                of(CODER, keys).signing(),
                CodeStatement.TYPE,
                new CodeStatement(
                        computation,
                        signedProposal.digest(),
                        CODER,
                        summary.digest(),
                        summary.bytes(),
                        Sha256.of(summary.run()),
                        Optional.empty(),
                        Optional.empty(),
                        NOW.plusSeconds(mark.length())));
    }

    /// A bundle with this `run.py` and nothing else.
    static Bytes bundle(String content) {
        return bundle(content, new TreeMap<>());
    }

    /// A bundle with this `run.py` and these wheels, by file name.
    static Bytes bundle(String content, SortedMap<String, Bytes> wheels) {
        var out = new ByteArrayOutputStream();
        var writer = new BundleWriter(out);
        byte[] run = content.getBytes(StandardCharsets.UTF_8);
        try {
            writer.add(BundlePath.RUN, run.length, new ByteArrayInputStream(run));
            for (Map.Entry<String, Bytes> wheel : wheels.entrySet()) {
                writer.add(
                        new BundlePath("wheels/" + wheel.getKey()),
                        wheel.getValue().length(),
                        new ByteArrayInputStream(wheel.getValue().toArray()));
            }
            writer.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (MalformedException e) {
            throw new IllegalStateException(e);
        }
        return Bytes.copyOf(out.toByteArray());
    }

    private static BundleSummary summary(Bytes any) {
        try {
            return BundleSummary.read(any);
        } catch (MalformedException e) {
            throw new IllegalStateException(e);
        }
    }

    Envelope signAgreement(SigningKey signer, Envelope anyCode, Map<Email, Envelope> anyCards) {
        return EnvelopeSigner.sign(
                signer,
                Agreement.TYPE,
                new Agreement(
                        computation, signedProposal, List.copyOf(anyCards.values()), anyCode, NOW));
    }

    VerifiedAgreement agreement(Envelope anyCode, Map<Email, Envelope> anyCards) {
        try {
            return VerifiedAgreement.verify(signAgreement(ownerKey, anyCode, anyCards));
        } catch (MalformedException | NotAuthenticException | DocumentRefusedException e) {
            throw new IllegalStateException(e);
        }
    }

    EnclaveIdentity identity(Sha256 served) {
        return identity(computation, served, runtime, enclaveKey);
    }

    EnclaveIdentity identity(ComputationId id, Sha256 served, RuntimeRef packages, SigningKey key) {
        return new EnclaveIdentity(
                id,
                served,
                enclaveAge.recipient().text(),
                key.publicKey(),
                packages,
                IsolationLevel.NAMESPACES,
                Swap.OFF,
                NOW);
    }

    /// The enclave, but for what it says of swap.
    EnclaveIdentity swapping(Swap swap) {
        return new EnclaveIdentity(
                identity.computation(),
                identity.agreement(),
                identity.recipient(),
                identity.signingKey(),
                identity.runtime(),
                identity.isolation(),
                swap,
                identity.startedAt());
    }

    Published published(EnclaveIdentity any) {
        return published(any, measurement);
    }

    Published published(EnclaveIdentity any, Measurement measured) {
        return new Published(
                any.canonical(), vendor.bundle(measured, any.reportData(), NOW).canonical());
    }

    AppraisalPolicy policy() {
        return SimulatedPolicy.pinned(
                vendor.root().publicKey(), List.of(new ReferenceValue("test", measurement)));
    }

    /// A participant's record after joining, and for the Code Provider after pushing.
    Membership membership(Email person) {
        var own = new Keys(of(person, keys), Optional.of(of(person, cards)));
        var history = Membership.History.empty().withProposal(signedProposal.digest());
        return new Membership(
                Endpoint.of(url),
                computation,
                person,
                ownerKey.publicKey(),
                Optional.of("an-access-token"),
                Optional.of(of(person, secrets)),
                Optional.of(own),
                Optional.empty(),
                person.equals(CODER) ? history.withCode(Optional.of(code.digest())) : history);
    }

    /// A grant as `person` made it.
    GrantRecord grant(Email person) {
        return new GrantRecord(
                agreement.digest(),
                identity.digest(),
                identity.canonical(),
                Sha256.of(Bytes.utf8("grant " + person)),
                person.equals(PROVIDER)
                        ? Optional.of(Sha256.of(Bytes.utf8("list " + person)))
                        : Optional.empty(),
                GrantRecord.digestOf(List.of()),
                terms.runs(),
                agreement.terms().notAfter(),
                NOW,
                measurement.text(),
                policy().digest(),
                Bytes.utf8("sealed"),
                true);
    }

    /// The receipt of the first run.
    Receipt receipt() {
        return receipt(1, Outcome.SUCCESS, Optional.empty());
    }

    /// A receipt; of a run that failed if `outcome` says so.
    Receipt receipt(long run, Outcome outcome, Optional<Sha256> previous) {
        return receipt(run, outcome, previous, outcome == Outcome.SUCCESS ? outputs() : List.of());
    }

    /// As above, with these outputs.
    Receipt receipt(
            long run, Outcome outcome, Optional<Sha256> previous, List<Receipt.Output> outputs) {
        return new Receipt(
                computation,
                agreement.digest(),
                identity.canonical(),
                vendor.bundle(measurement, identity.reportData(), NOW).toJson(),
                run,
                PEOPLE.stream()
                        .map(person -> new Receipt.SignedBy(person, grant(person).grant()))
                        .toList(),
                List.of(new Receipt.SignedBy(PROVIDER, grant(PROVIDER).inputList().orElseThrow())),
                agreement.code().bundle(),
                runtime,
                new BillOfMaterials(List.of()),
                List.of(new Receipt.Input(PROVIDER, 0, Sha256.of(Bytes.utf8("input")))),
                outputs,
                agreement.terms(),
                new Receipt.Report(outcome, Optional.empty(), Optional.empty(), NOW, 1, 1, 1 << 20),
                previous);
    }

    private static List<Receipt.Output> outputs() {
        return List.of(
                new Receipt.Output(
                        CONSUMER, Receipt.Kind.INDEX, 0, Sha256.of(Bytes.utf8("index")), 100),
                new Receipt.Output(
                        CONSUMER, Receipt.Kind.RESULT, 0, Sha256.of(Bytes.utf8("result")), 100));
    }

    Envelope sign(Receipt any) {
        return EnvelopeSigner.sign(enclaveKey, Receipt.TYPE, any);
    }
}
