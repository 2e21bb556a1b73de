package io.cloister.protocol.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.JsonEdits;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Samples;
import io.cloister.protocol.TestKey;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.state.CosmianSamples;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The documents of the Cosmian dialect (spec/cosmian.md): what is written is read, all else is
/// refused.
final class CosmianDocumentsTest {
    /// One of the documents.
    enum Kind {
        AGREEMENT {
            @Override
            Bytes good() {
                return CosmianSamples.agreement().canonical();
            }

            @Override
            Object parse(Bytes bytes) throws MalformedException {
                return CosmianAgreement.parse(bytes);
            }

            @Override
            Object sample() {
                return CosmianSamples.agreement();
            }

            @Override
            Set<String> optional() {
                return Set.of("$.code.requirements", "$.code.lock");
            }
        },
        IDENTITY {
            @Override
            Bytes good() {
                return CosmianSamples.identity().canonical();
            }

            @Override
            Object parse(Bytes bytes) throws MalformedException {
                return CosmianIdentity.parse(bytes);
            }

            @Override
            Object sample() {
                return CosmianSamples.identity();
            }
        },
        INPUTS {
            @Override
            Bytes good() {
                return CosmianSamples.inputs().canonical();
            }

            @Override
            Object parse(Bytes bytes) throws MalformedException {
                return CosmianInputs.parse(bytes);
            }

            @Override
            Object sample() {
                return CosmianSamples.inputs();
            }
        };

        abstract Bytes good();

        abstract Object parse(Bytes bytes) throws MalformedException;

        abstract Object sample();

        Set<String> optional() {
            return Set.of();
        }

        Json json() {
            try {
                return Json.parse(good().toArray(), JsonLimits.DOCUMENT, "document");
            } catch (MalformedException e) {
                throw new AssertionError(e);
            }
        }

        String refused(Json json) {
            return assertThrows(
                            MalformedException.class,
                            () -> parse(Bytes.copyOf(json.canonical())),
                            json::text)
                    .path();
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsWhatItWrites(Kind kind) throws MalformedException {
        assertEquals(kind.sample(), kind.parse(kind.good()));
    }

    @ParameterizedTest
    @EnumSource
    void refusesEveryMemberMissingExtraOrOfAnotherKind(Kind kind) {
        for (JsonEdits.Edit edit : JsonEdits.of(kind.json(), Set.of())) {
            if (edit.kind().equals("missing") && kind.optional().contains(edit.path())) {
                continue;
            }
            assertThrows(
                    MalformedException.class,
                    () -> kind.parse(Bytes.copyOf(edit.result().canonical())),
                    edit.toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesWhatIsNotCanonical(Kind kind) {
        byte[] spaced = (kind.json().text() + " ").getBytes(StandardCharsets.UTF_8);
        assertThrows(MalformedException.class, () -> kind.parse(Bytes.copyOf(spaced)));
    }

    @Test
    void refusesAnotherDialectAndAnotherWitness() {
        Json agreement = Kind.AGREEMENT.json();
        assertEquals(
                "Cosmian agreement.dialect",
                Kind.AGREEMENT.refused(JsonEdits.set(agreement, "dialect", Json.of("cloister/1"))));
        assertEquals(
                "Cosmian agreement.assertedBy",
                Kind.AGREEMENT.refused(JsonEdits.set(agreement, "assertedBy", Json.of("owner"))));
        assertEquals(
                "identity.dialect",
                Kind.IDENTITY.refused(
                        JsonEdits.set(Kind.IDENTITY.json(), "dialect", Json.of("cloister/1"))));
    }

    @Test
    void anAgreementHasEverySeatOnceInOrderWithAKeyOfItsOwn() {
        Json agreement = Kind.AGREEMENT.json();
        List<Json> keys = keys(agreement);
        List<Json> swapped = new ArrayList<>(keys);
        swapped.set(0, keys.get(1));
        swapped.set(1, keys.get(0));
        assertEquals("Cosmian agreement.keys", refusedWith(agreement, swapped));
        assertEquals(
                "Cosmian agreement.keys", refusedWith(agreement, keys.subList(0, keys.size() - 1)));
        List<Json> twice = new ArrayList<>(keys);
        twice.set(1, JsonEdits.set(keys.get(1), "key", JsonEdits.get(keys.get(0), "key")));
        assertEquals("Cosmian agreement.keys", refusedWith(agreement, twice));
        List<Json> twoOfOne = new ArrayList<>(keys);
        twoOfOne.add(keys.get(0));
        assertEquals("Cosmian agreement.keys", refusedWith(agreement, twoOfOne));
    }

    private static String refusedWith(Json agreement, List<Json> keys) {
        return Kind.AGREEMENT.refused(JsonEdits.set(agreement, "keys", Json.array(keys)));
    }

    private static List<Json> keys(Json agreement) {
        return JsonEdits.get(agreement, "keys") instanceof Json.Arr(var elements)
                ? elements
                : List.of();
    }

    @Test
    void anAgreementIsMadeOfOneKeyForEverySeat() {
        CosmianAgreement good = CosmianSamples.agreement();
        Map<Seat, PublicSigningKey> fewer = new LinkedHashMap<>(good.keys());
        fewer.remove(CosmianSamples.SEATS.getLast());
        assertThrows(
                IllegalArgumentException.class,
                () -> new CosmianAgreement(good.setup(), fewer, good.code(), good.issuedAt()));
        Map<Seat, PublicSigningKey> more = new LinkedHashMap<>(good.keys());
        more.put(new Seat(Samples.OLGA, Role.DATA_PROVIDER), TestKey.of("stranger").publicKey());
        assertThrows(
                IllegalArgumentException.class,
                () -> new CosmianAgreement(good.setup(), more, good.code(), good.issuedAt()));
        Map<Seat, PublicSigningKey> twice = new LinkedHashMap<>(good.keys());
        twice.put(
                CosmianSamples.SEATS.getLast(),
                CosmianSamples.key(CosmianSamples.SEATS.getFirst()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new CosmianAgreement(good.setup(), twice, good.code(), good.issuedAt()));
    }

    @Test
    void anIdentitysTwoKeysDiffer() {
        Json identity = Kind.IDENTITY.json();
        assertEquals(
                "identity.enclaveKey",
                Kind.IDENTITY.refused(
                        JsonEdits.set(
                                identity, "enclaveKey", JsonEdits.get(identity, "signingKey"))));
    }

    @Test
    void inputsStandInTheOrderOfArrival() {
        Json inputs = Kind.INPUTS.json();
        List<Json> files =
                JsonEdits.get(inputs, "files") instanceof Json.Arr(var elements)
                        ? new ArrayList<>(elements)
                        : new ArrayList<>();
        assertEquals(
                "Cosmian inputs.files",
                Kind.INPUTS.refused(JsonEdits.set(inputs, "files", Json.array(files.reversed()))));
    }

    @Test
    void eachDialectsIdentityIsReadAsItsOwn() throws MalformedException {
        assertEquals(Samples.identity(), Identity.parse(Samples.identity().canonical()));
        assertEquals(
                CosmianSamples.identity(), Identity.parse(CosmianSamples.identity().canonical()));
        assertThrows(
                MalformedException.class,
                () -> EnclaveIdentity.parse(CosmianSamples.identity().canonical()));
        assertThrows(
                MalformedException.class,
                () -> CosmianIdentity.parse(Samples.identity().canonical()));
        assertNotEquals(Samples.identity().reportData(), CosmianSamples.identity().reportData());
    }
}
