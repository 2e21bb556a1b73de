package io.cloister.protocol.document;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The agreement of a computation of the Cosmian dialect (spec/cosmian.md §3). Nobody signed it:
/// every member is the server's word, and says so in `assertedBy`. An enclave serves exactly this
/// one, and its identity names the digest, so that whoever verifies the Evidence can compare the
/// members, the own key first.
///
/// @param setup what was set up
/// @param keys the registered key of every seat, in the order of [#seats]
/// @param code which code it is
/// @param issuedAt whole seconds, the server's clock
public record CosmianAgreement(
        CosmianSetup setup, Map<Seat, PublicSigningKey> keys, CodeDigests code, Instant issuedAt)
        implements ServedAgreement {
    private static final String NAME = "Cosmian agreement";
    private static final String SERVER = "server";
    private static final int MAX_SEATS = 1 + 2 * Roster.MAX_PER_ROLE;

    /// @throws IllegalArgumentException if a seat has no key, or a key belongs to no seat or to two
    public CosmianAgreement {
        Map<Seat, PublicSigningKey> ordered = new LinkedHashMap<>();
        for (Seat seat : seats(setup.roster())) {
            PublicSigningKey key = keys.get(seat);
            if (key == null) {
                throw new IllegalArgumentException("there is no key of " + seat);
            }
            ordered.put(seat, key);
        }
        if (keys.size() != ordered.size()
                || ordered.values().stream().distinct().count() != ordered.size()) {
            throw new IllegalArgumentException("one key of its own for every seat, no other");
        }
        keys = Collections.unmodifiableMap(ordered);
    }

    /// Every seat of `roster`: Code Provider, Data Providers, Result Consumers, in order.
    public static List<Seat> seats(Roster roster) {
        List<Seat> seats = new ArrayList<>();
        seats.add(new Seat(roster.codeProvider(), Role.CODE_PROVIDER));
        roster.dataProviders().forEach(one -> seats.add(new Seat(one, Role.DATA_PROVIDER)));
        roster.resultConsumers().forEach(one -> seats.add(new Seat(one, Role.RESULT_CONSUMER)));
        return seats;
    }

    /// A seat and its key, as listed.
    private record Keyed(Seat seat, PublicSigningKey key) {
        static Keyed read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            var keyed =
                    new Keyed(
                            new Seat(
                                    fields.text("person", Email::parse),
                                    fields.text("role", Role::parse)),
                            fields.text("key", PublicSigningKey::parse));
            fields.end();
            return keyed;
        }
    }

    /// Reads an agreement from its canonical bytes.
    ///
    /// @throws MalformedException if they are not
    public static CosmianAgreement parse(Bytes canonical) throws MalformedException {
        Fields fields =
                Fields.of(CanonicalJson.parse(canonical.toArray(), JsonLimits.MESSAGE, NAME), NAME);
        fields.constant("type", Labels.COSMIAN_AGREEMENT);
        fields.constant("dialect", Dialect.COSMIAN.word());
        fields.constant("assertedBy", SERVER);
        CosmianSetup setup = CosmianSetup.read(fields.any("setup"), fields.path("setup"));
        List<Keyed> keyed = fields.list("keys", MAX_SEATS, Keyed::read);
        CodeDigests code = CodeDigests.read(fields.any("code"), fields.path("code"));
        Instant issuedAt = Instant.ofEpochSecond(fields.integer("issuedAt", 0, Terms.MAX_INSTANT));
        fields.end();
        requireSeats(keyed, setup.roster(), fields.path("keys"));
        Map<Seat, PublicSigningKey> keys = new LinkedHashMap<>();
        keyed.forEach(one -> keys.put(one.seat(), one.key()));
        var agreement = new CosmianAgreement(setup, keys, code, issuedAt);
        if (!agreement.canonical().equals(canonical)) {
            throw new MalformedException(NAME, "the one form of its content", "another");
        }
        return agreement;
    }

    private static void requireSeats(List<Keyed> keyed, Roster roster, String path)
            throws MalformedException {
        if (!keyed.stream().map(Keyed::seat).toList().equals(seats(roster))) {
            throw new MalformedException(path, "every seat once, in the roster's order", "others");
        }
        Lists.unique(keyed, Keyed::key, path);
    }

    /// The canonical bytes.
    public Bytes canonical() {
        return Bytes.copyOf(toJson().canonical());
    }

    /// As JSON.
    public Json toJson() {
        List<Json> listed = new ArrayList<>();
        keys.forEach((seat, key) ->
                listed.add(
                        Json.object()
                                .put("person", seat.person().value())
                                .put("role", seat.role().word())
                                .put("key", key.toString())
                                .build()));
        return Json.object()
                .put("type", Labels.COSMIAN_AGREEMENT)
                .put("dialect", Dialect.COSMIAN.word())
                .put("assertedBy", SERVER)
                .put("setup", setup.toJson())
                .put("keys", listed)
                .put("code", code.toJson())
                .put("issuedAt", issuedAt.getEpochSecond())
                .build();
    }

    @Override
    public Dialect dialect() {
        return Dialect.COSMIAN;
    }

    @Override
    public ComputationId computation() {
        return setup.computation();
    }

    @Override
    public Sha256 digest() {
        return Sha256.of(canonical());
    }

    @Override
    public Email owner() {
        return setup.owner();
    }

    @Override
    public Roster roster() {
        return setup.roster();
    }

    @Override
    public Terms terms() {
        return setup.terms();
    }

    @Override
    public RuntimeRef runtime() {
        return setup.runtime();
    }

    @Override
    public CodeDigests codeDigests() {
        return code;
    }
}
