package io.cloister.client;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.client.Finding.Kind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianIdentity;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// An enclave of the Cosmian dialect, as the server shows it to the Cosmian client (spec/cosmian.md
/// §7): its parts fit together. Whether the Evidence holds is not said here, and all that the
/// agreement says is the server's word.
///
/// @param agreement what the enclave serves
/// @param identity what it says it is
/// @param evidence what is to vouch for the identity
public record CosmianEnclave(
        CosmianAgreement agreement, CosmianIdentity identity, EvidenceBundle evidence) {
    private static final String NAME = "enclave identity";
    private static final int MAX_TEXT = 4 << 20;

    /// Whether `file` is what that client is shown: an enclave's identity, alone or inside of its
    /// computation.
    public static boolean isOne(Json file) {
        return file instanceof Json.Obj(var members)
                && (members.containsKey("enclave")
                        || members.keySet()
                                .containsAll(List.of("public_key", "manifest", "quote")));
    }

    /// Reads what that client is shown and compares its parts.
    ///
    /// @param file the member `enclave.identity`, or the whole computation with it
    public static Verdict<CosmianEnclave> read(Json file) {
        var findings = new Findings();
        Optional<CosmianEnclave> read =
                findings.reading("cosmian-identity", () -> read(shown(file), findings));
        read.ifPresent(enclave -> enclave.compareAround(file, findings));
        return read.map(findings::verdict).orElseGet(findings::refused);
    }

    private static Fields shown(Json file) throws MalformedException {
        if (file instanceof Json.Obj(var computation) && computation.containsKey("enclave")) {
            Fields enclave = Fields.of(file, "computation").object("enclave");
            return Fields.of(enclave.any("identity"), "computation.enclave.identity");
        }
        return Fields.of(file, NAME);
    }

    private static CosmianEnclave read(Fields fields, Findings findings) throws MalformedException {
        List<Long> key = fields.list("public_key", PublicSigningKey.LENGTH, CosmianEnclave::octet);
        String manifest = fields.string("manifest", 1, MAX_TEXT);
        Bytes quote = fields.base64("quote", 1, MAX_TEXT);
        fields.end();
        Fields parts =
                Fields.of(
                        CanonicalJson.parse(
                                manifest.getBytes(StandardCharsets.UTF_8),
                                JsonLimits.DOCUMENT,
                                "manifest"),
                        "manifest");
        var enclave =
                new CosmianEnclave(
                        CosmianAgreement.parse(Bytes.copyOf(parts.any("agreement").canonical())),
                        CosmianIdentity.parse(Bytes.copyOf(parts.any("identity").canonical())),
                        bundle(quote));
        parts.end();
        enclave.compare(key, findings);
        return enclave;
    }

    private static Long octet(Json value, String path) throws MalformedException {
        if (value instanceof Json.Num(var number) && number >= 0 && number <= 255) {
            return number;
        }
        throw new MalformedException(path, "an octet", value.text());
    }

    private static EvidenceBundle bundle(Bytes quote) throws MalformedException {
        try {
            return EvidenceBundle.parse(quote);
        } catch (UnknownKindException e) {
            throw new MalformedException("quote.kind", "a kind this client knows", e.kind());
        }
    }

    private void compare(List<Long> key, Findings findings) {
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "cosmian-agreement",
                "the enclave serves another agreement than the one in the manifest",
                agreement.digest(),
                identity.agreement());
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "cosmian-computation",
                "the enclave serves another computation",
                agreement.computation(),
                identity.computation());
        findings.requireEqual(
                Kind.NOT_ACCEPTABLE,
                "cosmian-runtime",
                "the enclave has other Python packages than the agreement names",
                agreement.runtime(),
                identity.runtime());
        // There is one level so far: this finds nothing until there is a second.
        findings.require(
                identity.isolation().compareTo(agreement.terms().isolation()) >= 0,
                Kind.NOT_ACCEPTABLE,
                "cosmian-isolation",
                "the enclave isolates user code less than the agreement demands");
        byte[] shown = new byte[key.size()];
        for (int i = 0; i < shown.length; i++) {
            shown[i] = key.get(i).byteValue();
        }
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "cosmian-key",
                "the key that the client seals to is not the one that the enclave names",
                identity.enclaveKey().value().hex(),
                Bytes.copyOf(shown).hex());
        findings.require(
                agreement.keys().values().stream()
                        .noneMatch(one ->
                                one.equals(identity.enclaveKey())
                                        || one.equals(identity.signingKey())),
                Kind.NOT_AUTHENTIC,
                "cosmian-keys",
                "the enclave's keys are a participant's");
    }

    /// Refuses a computation around the enclave that shows another id or another key of anybody
    /// than the agreement has: its reader would look at those.
    private void compareAround(Json file, Findings findings) {
        if (!(file instanceof Json.Obj(var computation)) || !computation.containsKey("enclave")) {
            return;
        }
        findings.require(
                !(computation.get("uuid") instanceof Json.Str(var uuid))
                        || uuid.replace("-", "").equals(agreement.computation().toString()),
                Kind.NOT_AUTHENTIC,
                "cosmian-uuid",
                "the computation around it is another than the agreement's");
        Roster roster = agreement.roster();
        compareShown(
                List.of(roster.codeProvider()),
                Role.CODE_PROVIDER,
                Json.array(Stream.ofNullable(computation.get("code_provider")).toList()),
                findings);
        compareShown(
                roster.dataProviders(),
                Role.DATA_PROVIDER,
                computation.get("data_providers"),
                findings);
        compareShown(
                roster.resultConsumers(),
                Role.RESULT_CONSUMER,
                computation.get("result_consumers"),
                findings);
    }

    private void compareShown(
            List<Email> people, Role role, @Nullable Json shown, Findings findings) {
        List<Json> all = shown instanceof Json.Arr(var elements) ? elements : List.of();
        for (int i = 0; i < all.size(); i++) {
            Optional<String> key = text(all.get(i), "public_key", "content");
            Optional<String> email = text(all.get(i), "email");
            Optional<Seat> seat =
                    i < people.size()
                            ? Optional.of(new Seat(people.get(i), role))
                            : Optional.empty();
            boolean same =
                    seat.isPresent()
                            && email.equals(seat.map(one -> one.person().value()))
                            && key.equals(keyOf(seat.get()).map(one -> one.value().hex()));
            findings.require(
                    same,
                    Kind.NOT_AUTHENTIC,
                    "cosmian-participants",
                    "the computation around it shows another " + role + " than the agreement has");
        }
    }

    private static Optional<String> text(Json value, String... path) {
        Json at = value;
        for (String name : path) {
            Json next = at instanceof Json.Obj(var members) ? members.get(name) : null;
            if (next == null) {
                return Optional.empty();
            }
            at = next;
        }
        return at instanceof Json.Str(var found) ? Optional.of(found) : Optional.empty();
    }

    /// The key that the agreement has for `seat`, if that is one of its seats.
    public Optional<PublicSigningKey> keyOf(Seat seat) {
        return Optional.ofNullable(agreement.keys().get(seat));
    }

    /// Whether what Evidence claims was measured is what the identity says; to be asked of claims
    /// that were affirmed. The measured image of hardware hashes the packages into the identity
    /// that the Evidence binds.
    public boolean runsAsMeasured(Claims claims) {
        return switch (claims) {
            case Claims.Simulated simulated ->
                    simulated.measurement().runtime().equals(identity.runtime().digest());
            case Claims.Sgx _, Claims.Tdx _, Claims.Snp _ -> true;
        };
    }
}
