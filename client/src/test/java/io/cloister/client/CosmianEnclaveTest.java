package io.cloister.client;

import static io.cloister.client.Finding.Kind.MALFORMED;
import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianIdentity;
import io.cloister.protocol.document.CosmianSetup;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.document.Swap;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the Cosmian client is shown of an enclave (spec/cosmian.md §7): its parts fit, or it is
/// refused. `spec/vectors/cosmian/enclave.json` holds the cases for other implementations and for
/// the command line; made anew with `-Dcloister.writeVectors=true`.
class CosmianEnclaveTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("cloister.root", ".."), "spec/vectors/cosmian/enclave.json");

    private final Play play = new Play();
    private final CosmianAgreement agreement = agreement("mean age");
    private final PublicSigningKey enclaveKey = SigningKey.generate(Play.RANDOM).publicKey();
    private final CosmianIdentity identity = identity(agreement, play.runtime, enclaveKey);
    private final Json good = shown(agreement, identity, evidence(identity), enclaveKey);

    private CosmianAgreement agreement(String title) {
        return agreement(title, play.terms);
    }

    /// No run of it starts any more.
    private CosmianAgreement expired() {
        Terms terms = play.terms;
        return agreement("mean age", terms.toBuilder().notAfter(Play.NOW.minusSeconds(1)).build());
    }

    private CosmianAgreement agreement(String title, Terms terms) {
        Map<Seat, PublicSigningKey> keys = new LinkedHashMap<>();
        for (Seat seat : CosmianAgreement.seats(play.roster)) {
            keys.put(seat, Play.of(seat.person(), play.keys).signing().publicKey());
        }
        return new CosmianAgreement(
                new CosmianSetup(
                        play.computation,
                        title,
                        Play.OWNER,
                        play.roster,
                        play.runtime,
                        terms,
                        Play.NOW),
                keys,
                new CodeDigests(
                        Sha256.of(play.bundle),
                        play.bundle.length(),
                        Sha256.of(Bytes.utf8(Play.RUN)),
                        Optional.empty(),
                        Optional.empty()),
                Play.NOW);
    }

    private CosmianIdentity identity(
            CosmianAgreement serves, RuntimeRef runtime, PublicSigningKey key) {
        return new CosmianIdentity(
                serves.computation(),
                serves.digest(),
                key,
                play.enclaveKey.publicKey(),
                runtime,
                IsolationLevel.NAMESPACES,
                Swap.OFF,
                Play.NOW);
    }

    private EvidenceBundle evidence(CosmianIdentity of) {
        return play.vendor.bundle(play.measurement, of.reportData(), Play.NOW);
    }

    /// Of an agent that was measured with other packages than its identity names.
    private EvidenceBundle evidenceOfOtherPackages(CosmianIdentity of) {
        return play.vendor.bundle(
                new Measurement(
                        play.measurement.agent(),
                        play.measurement.python(),
                        Sha256.of(Bytes.utf8("another lock"))),
                of.reportData(),
                Play.NOW);
    }

    private CosmianIdentity withOtherLock() {
        return identity(
                agreement,
                new RuntimeRef("bare", Sha256.of(Bytes.utf8("another lock"))),
                enclaveKey);
    }

    private CosmianIdentity withParticipantsKey() {
        return identity(
                agreement, play.runtime, Play.of(Play.CODER, play.keys).signing().publicKey());
    }

    private static Json shown(
            CosmianAgreement agreement,
            CosmianIdentity identity,
            EvidenceBundle evidence,
            PublicSigningKey key) {
        try {
            String manifest =
                    Json.object()
                            .put("agreement", agreement.toJson())
                            .put(
                                    "identity",
                                    Json.parse(
                                            identity.canonical().toArray(),
                                            JsonLimits.MESSAGE,
                                            "identity"))
                            .build()
                            .text();
            return shown(key, manifest, evidence.canonical());
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    private static Json shown(PublicSigningKey key, String manifest, Bytes quote) {
        List<Json> octets = new ArrayList<>();
        for (byte octet : key.value().toArray()) {
            octets.add(Json.of(octet & 0xff));
        }
        return Json.object()
                .put("public_key", octets)
                .put("manifest", manifest)
                .put("quote", quote.base64())
                .build();
    }

    private static String manifest(Json shown) {
        return member(shown, "manifest") instanceof Json.Str(var text) ? text : "";
    }

    private static Json member(Json json, String name) {
        Json value = json instanceof Json.Obj(var members) ? members.get(name) : null;
        if (value == null) {
            throw new AssertionError("no " + name);
        }
        return value;
    }

    private Json withManifest(String manifest) {
        return shown(enclaveKey, manifest, evidence(identity).canonical());
    }

    @Test
    void readsWhatTheClientIsShownAloneOrInItsComputation() {
        CosmianEnclave enclave = accepted(CosmianEnclave.read(good));
        assertEquals(agreement, enclave.agreement());
        assertEquals(identity, enclave.identity());
        Json whole =
                Json.object()
                        .put("uuid", "30313233-3435-3637-3839-616263646566")
                        .put("enclave", Json.object().put("identity", good).build())
                        .build();
        assertTrue(CosmianEnclave.isOne(whole));
        assertEquals(enclave, accepted(CosmianEnclave.read(whole)));
    }

    @Test
    void tellsTheKeyOfEverySeatAndOfNoOther() {
        CosmianEnclave enclave = accepted(CosmianEnclave.read(good));
        for (Seat seat : CosmianAgreement.seats(play.roster)) {
            assertEquals(
                    Optional.of(Play.of(seat.person(), play.keys).signing().publicKey()),
                    enclave.keyOf(seat));
        }
        assertEquals(Optional.empty(), enclave.keyOf(new Seat(Play.OWNER, Role.DATA_PROVIDER)));
    }

    private Json around(String uuid, String coder, String key, Json enclave) {
        return Json.object()
                .put("uuid", uuid)
                .put(
                        "code_provider",
                        Json.object()
                                .put("email", coder)
                                .put("public_key", Json.object().put("content", key).build())
                                .build())
                .put("enclave", Json.object().put("identity", enclave).build())
                .build();
    }

    @Test
    void refusesAComputationAroundItThatShowsAnother() {
        String uuid = "30313233-3435-3637-3839-616263646566";
        String coder = Play.CODER.value();
        String key = Play.of(Play.CODER, play.keys).signing().publicKey().value().hex();
        accepted(CosmianEnclave.read(around(uuid, coder, key, good)));
        refused(
                CosmianEnclave.read(around(uuid.replace('0', '1'), coder, key, good)),
                NOT_AUTHENTIC,
                "cosmian-uuid");
        refused(
                CosmianEnclave.read(around(uuid, Play.OWNER.value(), key, good)),
                NOT_AUTHENTIC,
                "cosmian-participants");
        refused(
                CosmianEnclave.read(around(uuid, coder, enclaveKey.value().hex(), good)),
                NOT_AUTHENTIC,
                "cosmian-participants");
    }

    @Test
    void refusesAnotherKeyThanTheEnclaves() {
        PublicSigningKey other = SigningKey.generate(Play.RANDOM).publicKey();
        refused(
                CosmianEnclave.read(shown(agreement, identity, evidence(identity), other)),
                NOT_AUTHENTIC,
                "cosmian-key");
    }

    @Test
    void refusesAnotherAgreementThanTheEnclaves() {
        refused(
                CosmianEnclave.read(
                        shown(agreement("median age"), identity, evidence(identity), enclaveKey)),
                NOT_AUTHENTIC,
                "cosmian-agreement");
    }

    @Test
    void refusesTheEnclaveOfAnotherComputation() {
        var other =
                new CosmianIdentity(
                        new ComputationId(Bytes.utf8("fedcba9876543210")),
                        agreement.digest(),
                        enclaveKey,
                        play.enclaveKey.publicKey(),
                        play.runtime,
                        IsolationLevel.NAMESPACES,
                        Swap.OFF,
                        Play.NOW);
        refused(
                CosmianEnclave.read(shown(agreement, other, evidence(other), enclaveKey)),
                NOT_AUTHENTIC,
                "cosmian-computation");
    }

    @Test
    void refusesAnEnclaveWithOtherPackages() {
        CosmianIdentity other = withOtherLock();
        refused(
                CosmianEnclave.read(shown(agreement, other, evidence(other), enclaveKey)),
                NOT_ACCEPTABLE,
                "cosmian-runtime");
    }

    @Test
    void refusesAnEnclaveWithAParticipantsKey() {
        CosmianIdentity other = withParticipantsKey();
        refused(
                CosmianEnclave.read(shown(agreement, other, evidence(other), other.enclaveKey())),
                NOT_AUTHENTIC,
                "cosmian-keys");
    }

    @Test
    void refusesAManifestOfAnotherForm() {
        refused(
                CosmianEnclave.read(withManifest(manifest(good) + " ")),
                MALFORMED,
                "cosmian-identity-form");
        refused(
                CosmianEnclave.read(
                        withManifest(manifest(good).replace("cosmian/1", "cloister/1"))),
                MALFORMED,
                "cosmian-identity-form");
        refused(CosmianEnclave.read(withManifest("{}")), MALFORMED, "cosmian-identity-form");
    }

    /// What another byte leaves readable is another identity, of which the Evidence does not speak.
    @Test
    void noByteOfTheManifestCanBeAnother() {
        String manifest = manifest(good);
        for (int i = 0; i < manifest.length(); i++) {
            char other = manifest.charAt(i) == '1' ? '2' : '1';
            String altered = manifest.substring(0, i) + other + manifest.substring(i + 1);
            if (CosmianEnclave.read(withManifest(altered))
                    instanceof Verdict.Accepted<CosmianEnclave>(var enclave)) {
                assertNotEquals(identity.reportData(), enclave.identity().reportData(), altered);
            }
        }
    }

    @Test
    void refusesMembersMissingMoreOrOutOfBounds() {
        for (String name : List.of("public_key", "manifest", "quote")) {
            Map<String, Json> fewer = new LinkedHashMap<>(((Json.Obj) good).members());
            fewer.remove(name);
            refused(CosmianEnclave.read(new Json.Obj(fewer)), MALFORMED, "cosmian-identity-form");
            assertFalse(CosmianEnclave.isOne(new Json.Obj(fewer)));
        }
        Map<String, Json> more = new LinkedHashMap<>(((Json.Obj) good).members());
        more.put("note", Json.of("more"));
        refused(CosmianEnclave.read(new Json.Obj(more)), MALFORMED, "cosmian-identity-form");
        Map<String, Json> octets = new LinkedHashMap<>(((Json.Obj) good).members());
        octets.put("public_key", Json.array(List.of(Json.of(256))));
        refused(CosmianEnclave.read(new Json.Obj(octets)), MALFORMED, "cosmian-identity-form");
    }

    /// Takes the agent with whatever packages, so that only the identity's own are left to compare.
    private AppraisalPolicy policy() {
        return SimulatedPolicy.pinned(
                play.vendor.root().publicKey(),
                List.of(
                        new ReferenceValue("test", play.measurement),
                        new ReferenceValue(
                                "other packages",
                                new Measurement(
                                        play.measurement.agent(),
                                        play.measurement.python(),
                                        Sha256.of(Bytes.utf8("another lock"))))));
    }

    /// Each case with what must come of it under the policy, at the instant.
    private Json vectors() {
        PublicSigningKey other = SigningKey.generate(Play.RANDOM).publicKey();
        CosmianAgreement median = agreement("median age");
        CosmianIdentity of = identity(median, play.runtime, enclaveKey);
        CosmianIdentity ofExpired = identity(expired(), play.runtime, enclaveKey);
        List<Json> cases =
                List.of(
                        vector("accepted", good, "affirmed"),
                        vector(
                                "another-key",
                                shown(agreement, identity, evidence(identity), other),
                                "not-authentic"),
                        vector(
                                "another-agreement",
                                shown(median, identity, evidence(identity), enclaveKey),
                                "not-authentic"),
                        vector(
                                "evidence-of-another-identity",
                                shown(agreement, identity, evidence(of), enclaveKey),
                                "not-acceptable"),
                        vector(
                                "measured-with-other-packages",
                                shown(
                                        agreement,
                                        identity,
                                        evidenceOfOtherPackages(identity),
                                        enclaveKey),
                                "not-acceptable"),
                        vector(
                                "expired",
                                shown(expired(), ofExpired, evidence(ofExpired), enclaveKey),
                                "not-acceptable"),
                        vector(
                                "keys-of-a-participant",
                                shown(
                                        agreement,
                                        withParticipantsKey(),
                                        evidence(withParticipantsKey()),
                                        withParticipantsKey().enclaveKey()),
                                "not-authentic"),
                        vector(
                                "another-lock",
                                shown(
                                        agreement,
                                        withOtherLock(),
                                        evidence(withOtherLock()),
                                        enclaveKey),
                                "not-acceptable"),
                        vector(
                                "manifest-not-canonical",
                                withManifest(manifest(good) + " "),
                                "malformed"));
        return Json.object()
                .put("policy", policy().toJson())
                .put("instant", Play.NOW.getEpochSecond())
                .put("ownKey", Play.of(Play.CODER, play.keys).signing().publicKey().value().hex())
                .put("cases", cases)
                .build();
    }

    private static Json vector(String id, Json shown, String outcome) {
        return Json.object().put("id", id).put("shown", shown).put("outcome", outcome).build();
    }

    @Test
    void theVectorsAreTheseCases() throws IOException, MalformedException {
        if (Boolean.getBoolean("cloister.writeVectors")) {
            Files.createDirectories(VECTORS.getParent());
            Files.writeString(VECTORS, vectors().text() + "\n");
        }
        Json written = Json.parse(Files.readAllBytes(VECTORS), JsonLimits.DOCUMENT, "vectors");
        assertEquals(ids(vectors()), ids(written));
        for (Json one : cases(written)) {
            boolean fits = CosmianEnclave.read(member(one, "shown")) instanceof Verdict.Accepted<?>;
            String outcome = member(one, "outcome") instanceof Json.Str(var text) ? text : "";
            // Whether the Evidence is about this identity is not decided by reading.
            if (outcome.equals("affirmed")) {
                assertTrue(fits, one::text);
            } else if (!outcome.equals("not-acceptable")) {
                assertFalse(fits, one::text);
            }
        }
    }

    private static List<Json> cases(Json vectors) {
        return member(vectors, "cases") instanceof Json.Arr(var elements) ? elements : List.of();
    }

    private static List<Json> ids(Json vectors) {
        return cases(vectors).stream().map(one -> member(one, "id")).toList();
    }
}
