package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.attestation.testkit.SimulatedVendor;
import io.cloister.client.Approvable;
import io.cloister.client.ApprovalDesk;
import io.cloister.client.ClientException;
import io.cloister.client.Finding;
import io.cloister.client.RefusedException;
import io.cloister.client.Verdict;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.operator.Forge;
import io.cloister.e2e.operator.HostileProxy;
import io.cloister.e2e.operator.HostileProxy.Answer;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// What an operator may show a Data Provider who is about to approve. The stage is one honest
/// computation whose enclave waits for grants; each test alters one thing on the way to the victim
/// and names the check that refuses it. No grant leaves in any of them, and after each the same
/// victim, shown the truth, passes every check.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OperatorBeforeApprovalTest {
    private static final String AGREEMENT = "/api/v1/computations/[0-9a-f]{32}/agreement";
    private static final String ENCLAVE = "/api/v1/computations/[0-9a-f]{32}/enclaves/[0-9a-f]{64}";
    private static final String BUNDLE = "/api/v1/computations/[0-9a-f]{32}/code/bundle";
    private static final int TYPE_OF_FIRST_FILE = 156;
    private static final String COMPUTATION = "/api/v1/computations/[0-9a-f]{32}";

    private final SecureRandom random = new SecureRandom();
    private Site site;
    private Cast cast;
    private Cast other;
    private Email victim;

    @BeforeAll
    void stage(@TempDir Path folder) throws Exception {
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
        cast =
                Cast.proposing(site, Play.joining(folder.resolve("play")), folder.resolve("homes"))
                        .readyToApprove();
        other =
                Cast.proposing(
                                site,
                                Play.joining(folder.resolve("other-play")),
                                folder.resolve("other-homes"))
                        .readyToApprove();
        victim = cast.play().roster().dataProviders().getFirst();
        assertInstanceOf(Verdict.Accepted.class, prepare());
    }

    @AfterEach
    void theTruthStillPassesAndNothingWasGranted() throws Exception {
        site.proxy().behave();
        assertInstanceOf(Verdict.Accepted.class, prepare());
        assertEquals(List.of(), cast.seat(victim).grants());
        assertTrue(
                site.proxy().calls().stream()
                        .noneMatch(call -> call.is("PUT", ENCLAVE + "/grant")));
    }

    @AfterAll
    void close() {
        if (other != null) {
            other.close();
        }
        if (cast != null) {
            cast.close();
        }
        if (site != null) {
            site.close();
        }
    }

    private Verdict<Approvable> prepare() throws Exception {
        return prepare(ApprovalDesk.Request.under(cast.policy()));
    }

    private Verdict<Approvable> prepare(ApprovalDesk.Request request) throws Exception {
        return cast.seat(victim).approval().prepare(request);
    }

    private static Set<String> codes(Verdict<Approvable> verdict) {
        return switch (verdict) {
            case Verdict.Accepted<Approvable> _ -> Set.of();
            case Verdict.Refused<Approvable>(var findings) ->
                    findings.stream().map(Finding::code).collect(Collectors.toSet());
        };
    }

    private void assertRefusedBy(String code) throws Exception {
        Set<String> codes = codes(prepare());
        assertTrue(codes.contains(code), () -> code + " is not among " + codes);
    }

    private void assertRefusedOnlyBy(String code) throws Exception {
        assertEquals(Set.of(code), codes(prepare()));
    }

    private void answer(String path, HostileProxy.Rewrite rewrite) {
        site.proxy().answer(call -> call.is("GET", path), rewrite);
    }

    private void show(Envelope agreement) {
        answer(
                AGREEMENT,
                (_, honest) -> new Answer(honest.status(), agreement.toJson().canonical()));
    }

    private VerifiedAgreement honestAgreement() throws Exception {
        return cast.owner().approval().agreement();
    }

    private Agreement honestParts() throws Exception {
        return Signed.readUnverified(honestAgreement().envelope(), Agreement.TYPE);
    }

    /// Whoever gets the Owner to sign twice can show two versions. The server denies the agreement
    /// it has: it gets the same bytes again.
    @Test
    void getsNoSecondAgreementByDenyingTheFirst() throws Exception {
        VerifiedAgreement first = honestAgreement();
        List<Bytes> sent = new CopyOnWriteArrayList<>();
        site.proxy()
                .request(
                        call -> call.is("PUT", AGREEMENT),
                        (_, body) -> {
                            sent.add(Bytes.copyOf(body));
                            return body;
                        });
        answer(COMPUTATION, (_, honest) -> Answers.without(honest, "agreement"));
        assertTrue(cast.owner().said().agreement().isEmpty());

        VerifiedAgreement again = cast.owner().owner().signAgreement().agreement();

        assertEquals(first.digest(), again.digest());
        assertEquals(List.of(Bytes.copyOf(first.envelope().toJson().canonical())), sent);
    }

    @Test
    void refusesAnAgreementOfTheOperatorsOwnOwner() throws Exception {
        show(
                new Forge(honestAgreement())
                        .agreement(UnaryOperator.identity(), UnaryOperator.identity()));
        assertRefusedBy("owner-key");
    }

    @Test
    void refusesAnAddedConsumer() throws Exception {
        show(
                new Forge(honestAgreement())
                        .agreement(
                                roster ->
                                        new Roster(
                                                roster.codeProvider(),
                                                roster.dataProviders(),
                                                plus(
                                                        roster.resultConsumers(),
                                                        new Email("mallory@example.org"))),
                                UnaryOperator.identity()));
        assertRefusedBy("owner-key");
    }

    @Test
    void refusesReorderedConsumers() throws Exception {
        show(
                new Forge(honestAgreement())
                        .agreement(
                                roster ->
                                        new Roster(
                                                roster.codeProvider(),
                                                roster.dataProviders(),
                                                roster.resultConsumers().reversed()),
                                UnaryOperator.identity()));
        assertRefusedBy("owner-key");
    }

    @Test
    void refusesWidenedTerms() throws Exception {
        show(
                new Forge(honestAgreement())
                        .agreement(
                                UnaryOperator.identity(), OperatorBeforeApprovalTest::moreOutput));
        assertRefusedBy("owner-key");
    }

    @Test
    void refusesAReplacedCard() throws Exception {
        VerifiedAgreement honest = honestAgreement();
        var forge = new Forge(honest);
        show(
                forge.resigned(
                        parts -> {
                            List<Envelope> cards = new ArrayList<>(parts.cards());
                            cards.set(
                                    2,
                                    forge.card(
                                            honest.roster().people().get(2),
                                            honest.proposal(),
                                            honest.proposalDigest()));
                            return new Agreement(
                                    parts.computation(),
                                    parts.proposal(),
                                    cards,
                                    parts.code(),
                                    parts.issuedAt());
                        },
                        honestParts()));
        assertRefusedBy("agreement-signature");
    }

    @Test
    void refusesReorderedCards() throws Exception {
        show(
                new Forge(honestAgreement())
                        .resigned(
                                parts ->
                                        new Agreement(
                                                parts.computation(),
                                                parts.proposal(),
                                                parts.cards().reversed(),
                                                parts.code(),
                                                parts.issuedAt()),
                                honestParts()));
        assertRefusedBy("agreement-signature");
    }

    @Test
    void refusesTheAgreementOfAnotherComputation() throws Exception {
        show(other.owner().approval().agreement().envelope());
        assertRefusedBy("agreement-computation");
    }

    @Test
    void refusesAnAgreementWithOneFlippedByteOfItsSignature() throws Exception {
        show(flippedSignature(honestAgreement().envelope()));
        assertRefusedOnlyBy("agreement-signature");
    }

    @Test
    void refusesAnAgreementWithOneFlippedByteOfItsContent() throws Exception {
        show(flippedInstant(honestAgreement().envelope()));
        assertRefusedOnlyBy("agreement-signature");
    }

    /// One bit in the middle of the signature is another.
    private static Envelope flippedSignature(Envelope honest) {
        byte[] signature = honest.signature().toArray();
        signature[signature.length / 2] ^= 1;
        return new Envelope(
                honest.payloadType(), honest.payload(), honest.keyId(), Bytes.copyOf(signature));
    }

    /// The last digit of `issuedAt`, whole seconds, is another, so that the document keeps its one
    /// form.
    private static Envelope flippedInstant(Envelope honest) {
        String member = "\"issuedAt\":";
        String payload = new String(honest.payload().toArray(), StandardCharsets.ISO_8859_1);
        assertEquals(payload.indexOf(member), payload.lastIndexOf(member));
        byte[] flipped = honest.payload().toArray();
        flipped[payload.indexOf(member) + member.length() + 9] ^= 1;
        return new Envelope(
                honest.payloadType(), Bytes.copyOf(flipped), honest.keyId(), honest.signature());
    }

    @Test
    void refusesAlteredClearCode() throws Exception {
        answer(
                BUNDLE,
                (_, honest) -> {
                    String tar = new String(honest.body(), StandardCharsets.ISO_8859_1);
                    return new Answer(
                            honest.status(),
                            tar.replace("import secret_module", "import public_module")
                                    .getBytes(StandardCharsets.ISO_8859_1));
                });
        assertRefusedBy("code-entrypoint");
    }

    @Test
    void refusesABundleWithALinkInIt() throws Exception {
        answer(
                BUNDLE,
                (_, honest) -> {
                    byte[] tar = honest.body().clone();
                    tar[TYPE_OF_FIRST_FILE] = '2';
                    return new Answer(honest.status(), tar);
                });
        assertRefusedOnlyBy("code-bundle-form");
    }

    @Test
    void pullWritesNothingOfOtherCodeThanAgreed(@TempDir Path folder) throws Exception {
        Path honest = folder.resolve("honest");
        cast.seat(victim).code().pull(honest);
        assertTrue(Files.isRegularFile(honest.resolve("run.py")));
        answer(
                BUNDLE,
                (_, answer) ->
                        new Answer(
                                answer.status(),
                                new String(answer.body(), StandardCharsets.ISO_8859_1)
                                        .replace("import secret_module", "import public_module")
                                        .getBytes(StandardCharsets.ISO_8859_1)));
        Path pulled = folder.resolve("pulled");
        var refused =
                assertThrows(RefusedException.class, () -> cast.seat(victim).code().pull(pulled));
        assertTrue(
                refused.findings().stream().map(Finding::code).anyMatch("code-entrypoint"::equals));
        assertTrue(Files.notExists(pulled));
    }

    @Test
    void refusesAlteredSecretCode() throws Exception {
        answer(
                BUNDLE,
                (_, honest) -> {
                    byte[] tar = honest.body().clone();
                    int header =
                            new String(tar, StandardCharsets.ISO_8859_1)
                                    .indexOf("age-encryption.org/v1");
                    tar[header + 400] ^= 1;
                    return new Answer(honest.status(), tar);
                });
        assertRefusedOnlyBy("code-bundle");
    }

    @Test
    void saysThatATruncatedBundleCouldNotBeRead() throws Exception {
        answer(
                BUNDLE,
                (_, honest) -> new Answer(honest.status(), Arrays.copyOf(honest.body(), 700)));
        assertThrows(ClientException.class, this::prepare);
    }

    @Test
    void refusesTheEnclaveOfAnotherAgreement() throws Exception {
        Sha256 foreign = other.awaitEnclave().enclave().orElseThrow();
        byte[] published = published(other, foreign);
        answer(COMPUTATION, (_, honest) -> with(honest, "enclave", Json.of(foreign.toString())));
        answer(ENCLAVE, (_, _) -> new Answer(200, published));
        assertRefusedBy("identity-agreement");
    }

    @Test
    void refusesAnotherIdentityThanTheOneNamed() throws Exception {
        byte[] published = published(other, other.awaitEnclave().enclave().orElseThrow());
        answer(ENCLAVE, (_, _) -> new Answer(200, published));
        assertRefusedBy("identity-digest");
    }

    @Test
    void refusesTheOperatorsOwnRecipientUnderHonestEvidence() throws Exception {
        EnclaveIdentity honest = honestIdentity();
        var own =
                new EnclaveIdentity(
                        honest.computation(),
                        honest.agreement(),
                        HybridIdentity.generate(random).recipient().text(),
                        honest.signingKey(),
                        honest.runtime(),
                        honest.isolation(),
                        honest.swap(),
                        honest.startedAt());
        showIdentity(own, honestEvidence());
        assertRefusedOnlyBy("report-data");
    }

    @Test
    void refusesTheOperatorsOwnSigningKeyUnderHonestEvidence() throws Exception {
        EnclaveIdentity honest = honestIdentity();
        showIdentity(
                new EnclaveIdentity(
                        honest.computation(),
                        honest.agreement(),
                        honest.recipient(),
                        SigningKey.generate(random).publicKey(),
                        honest.runtime(),
                        honest.isolation(),
                        honest.swap(),
                        honest.startedAt()),
                honestEvidence());
        assertRefusedOnlyBy("report-data");
    }

    @Test
    void refusesAnAgentOfAnotherMeasurement() throws Exception {
        EnclaveIdentity own = operatorsIdentity(honestIdentity().runtime());
        Measurement honest = Checkout.image().measure(own.runtime().digest());
        var tampered =
                new Measurement(
                        Sha256.of(Bytes.utf8("an agent that leaks")),
                        honest.python(),
                        honest.runtime());
        showIdentity(own, evidence(tampered, own));
        assertRefusedOnlyBy("measurement");
    }

    @Test
    void refusesAnAgentWithAnotherPythonPackage() throws Exception {
        EnclaveIdentity own = operatorsIdentity(honestIdentity().runtime());
        Measurement honest = Checkout.image().measure(own.runtime().digest());
        showIdentity(
                own,
                evidence(
                        new Measurement(
                                honest.agent(),
                                Sha256.of(Bytes.utf8("a leaking sandbox")),
                                honest.runtime()),
                        own));
        assertRefusedOnlyBy("measurement");
    }

    @Test
    void refusesAnEnclaveWithOtherPackagesThanAgreed() throws Exception {
        var swapped = new RuntimeRef("bare", Sha256.of(Bytes.utf8("another lock")));
        EnclaveIdentity own = operatorsIdentity(swapped);
        showIdentity(own, evidence(Checkout.image().measure(swapped.digest()), own));
        assertRefusedBy("identity-runtime");
    }

    @Test
    void refusesEvidenceOfAnotherRootThanThePinnedOne() throws Exception {
        var vendor = new SimulatedVendor("pinned by the victim");
        var pinned =
                SimulatedPolicy.pinned(
                        vendor.root().publicKey(),
                        List.of(
                                new ReferenceValue(
                                        "own build",
                                        Checkout.image().measure(cast.runtime().ref().digest()))));
        assertEquals(Set.of("root-pinned"), codes(prepare(ApprovalDesk.Request.under(pinned))));
    }

    @Test
    void refusesSimulationUnlessTheVictimSaysSo() throws Exception {
        assertEquals(
                Set.of("evidence-kind-accepted", "reference-values-present"),
                codes(prepare(ApprovalDesk.Request.under(AppraisalPolicy.builtIn()))));
    }

    @Test
    void refusesSimulationThatClaimsToBeHardware() throws Exception {
        answer(
                ENCLAVE,
                (_, honest) -> {
                    String evidence = member(honest, "evidence");
                    String renamed =
                            new String(Base64.getDecoder().decode(evidence), StandardCharsets.UTF_8)
                                    .replace("\"simulated\"", "\"snp\"");
                    return with(
                            honest,
                            "evidence",
                            Json.of(
                                    Base64.getEncoder()
                                            .encodeToString(
                                                    renamed.getBytes(StandardCharsets.UTF_8))));
                });
        assertRefusedOnlyBy("evidence-form");
    }

    @Test
    void refusesEvidenceWithOneFlippedByteOfItsSignature() throws Exception {
        showEvidence(honest ->
                new SimulatedEvidence(honest.certificate(), flippedSignature(honest.statement())));
        assertRefusedOnlyBy("simulated-statement-signature");
    }

    @Test
    void refusesEvidenceWithOneFlippedByteOfItsContent() throws Exception {
        showEvidence(honest ->
                new SimulatedEvidence(honest.certificate(), flippedInstant(honest.statement())));
        assertRefusedOnlyBy("simulated-statement-signature");
    }

    @Test
    void refusesEvidenceWithOneFlippedByteOfItsCertificatesSignature() throws Exception {
        showEvidence(honest ->
                new SimulatedEvidence(flippedSignature(honest.certificate()), honest.statement()));
        assertRefusedOnlyBy("simulated-certificate-signature");
    }

    private void showEvidence(UnaryOperator<SimulatedEvidence> change) throws Exception {
        EvidenceBundle honest = honestEvidence();
        var altered =
                new EvidenceBundle(
                        change.apply((SimulatedEvidence) honest.evidence()), honest.endorsements());
        answer(
                ENCLAVE,
                (_, answer) -> with(answer, "evidence", Json.of(altered.canonical().base64())));
    }

    private static Terms moreOutput(Terms terms) {
        return terms.toBuilder().outputBytes(2 * terms.outputBytes()).build();
    }

    private static List<Email> plus(List<Email> people, Email more) {
        List<Email> all = new ArrayList<>(people);
        all.add(more);
        return all;
    }

    private EnclaveIdentity operatorsIdentity(RuntimeRef runtime) throws Exception {
        EnclaveIdentity honest = honestIdentity();
        return new EnclaveIdentity(
                honest.computation(),
                honest.agreement(),
                HybridIdentity.generate(random).recipient().text(),
                SigningKey.generate(random).publicKey(),
                runtime,
                honest.isolation(),
                honest.swap(),
                honest.startedAt());
    }

    private static EvidenceBundle evidence(Measurement measurement, EnclaveIdentity identity) {
        Instant now = Clock.systemUTC().instant();
        return new SimulatedVendor("operator")
                .bundle(
                        measurement,
                        identity.reportData(),
                        Instant.ofEpochSecond(now.getEpochSecond()));
    }

    private EnclaveIdentity honestIdentity() throws Exception {
        Sha256 digest = cast.awaitEnclave().enclave().orElseThrow();
        return EnclaveIdentity.parse(
                Bytes.fromBase64(member(new Answer(200, published(cast, digest)), "identity"), ""));
    }

    private EvidenceBundle honestEvidence() throws Exception {
        Sha256 digest = cast.awaitEnclave().enclave().orElseThrow();
        return EvidenceBundle.parse(
                Bytes.fromBase64(member(new Answer(200, published(cast, digest)), "evidence"), ""));
    }

    /// What the server shows of an enclave, taken off the wire while its own participant looks.
    private byte[] published(Cast whose, Sha256 identity) throws Exception {
        var seen = new ArrayList<byte[]>();
        site.proxy()
                .answer(
                        call -> call.is("GET", ENCLAVE) && call.path().contains(identity.hex()),
                        (_, honest) -> {
                            seen.add(honest.body());
                            return honest;
                        });
        Email somebody = whose.play().roster().dataProviders().getLast();
        whose.seat(somebody).approval().prepare(ApprovalDesk.Request.under(whose.policy()));
        site.proxy().behave();
        return seen.getFirst();
    }

    private void showIdentity(EnclaveIdentity identity, EvidenceBundle evidence) {
        answer(
                COMPUTATION,
                (_, honest) -> with(honest, "enclave", Json.of(identity.digest().toString())));
        site.proxy()
                .answer(
                        call -> call.is("GET", ENCLAVE),
                        (_, _) ->
                                new Answer(
                                        200,
                                        Json.object()
                                                .put("identity", identity.canonical().base64())
                                                .put("evidence", evidence.canonical().base64())
                                                .build()
                                                .canonical()));
    }

    private static String member(Answer answer, String name) {
        return ((Json.Str) Objects.requireNonNull(members(answer).get(name))).value();
    }

    private static Answer with(Answer answer, String name, Json value) {
        Map<String, Json> changed = new LinkedHashMap<>(members(answer));
        changed.put(name, value);
        return new Answer(answer.status(), new Json.Obj(changed).canonical());
    }

    private static Map<String, Json> members(Answer answer) {
        try {
            return ((Json.Obj) Json.parse(answer.body(), JsonLimits.DOCUMENT, "answer")).members();
        } catch (MalformedException e) {
            throw new IllegalStateException(e);
        }
    }
}
