package io.cloister.crypto.grant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Sealing;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class GrantTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Sha256 AGREEMENT = Sha256.of(Bytes.utf8("agreement"));
    private static final Sha256 ENCLAVE = Sha256.of(Bytes.utf8("enclave"));
    private static final Email ALICE = new Email("alice@example.org");
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

    private final SigningKey key = SigningKey.generate(RANDOM);
    private final Identity data = Identity.generate(RANDOM);
    private final HybridIdentity enclave = HybridIdentity.generate(RANDOM);

    private Envelope inputs(int files) {
        var file = new InputList.InputFile(new FileName("table.csv"), AGREEMENT, 1000);
        var list =
                new InputList(
                        AGREEMENT,
                        ENCLAVE,
                        ALICE,
                        1,
                        Bytes.copyOf(new byte[InputList.SALT_LENGTH]),
                        Collections.nCopies(files, file),
                        NOW);
        return EnvelopeSigner.sign(key, InputList.TYPE, list);
    }

    private Grant grant() {
        return new Grant(
                AGREEMENT,
                ENCLAVE,
                ALICE,
                1,
                NOW.plusSeconds(60),
                Optional.of(data),
                Optional.of(inputs(1)),
                NOW);
    }

    private Map<String, Json> members() {
        return new LinkedHashMap<>(((Json.Obj) Grant.TYPE.write(grant())).members());
    }

    private Envelope signedMembers(Map<String, Json> members) {
        return EnvelopeSigner.sign(
                key, Labels.GRANT, Bytes.copyOf(new Json.Obj(members).canonical()));
    }

    @Test
    void comesBackFromItsSealedForm() throws Exception {
        Envelope signed = EnvelopeSigner.sign(key, Grant.TYPE, grant());
        Bytes sealed = SealedEnvelopes.seal(signed, enclave.recipient());
        Envelope opened = SealedEnvelopes.open(sealed, enclave);
        assertEquals(signed, opened);
        assertEquals(grant(), Signed.verify(opened, Grant.TYPE, key.publicKey()).document());
    }

    @Test
    void consumersGrantHasNeitherKeyNorInputs() throws Exception {
        var grant =
                new Grant(
                        AGREEMENT, ENCLAVE, ALICE, 3, NOW, Optional.empty(), Optional.empty(), NOW);
        Envelope signed = EnvelopeSigner.sign(key, Grant.TYPE, grant);
        assertEquals(grant, Signed.verify(signed, Grant.TYPE, key.publicKey()).document());
    }

    @Test
    void refusesOtherSigner() {
        Envelope signed = EnvelopeSigner.sign(SigningKey.generate(RANDOM), Grant.TYPE, grant());
        assertThrows(
                NotAuthenticException.class,
                () -> Signed.verify(signed, Grant.TYPE, key.publicKey()));
    }

    @Test
    void refusesOtherEnclave() {
        Bytes sealed =
                SealedEnvelopes.seal(
                        EnvelopeSigner.sign(key, Grant.TYPE, grant()), enclave.recipient());
        var other = HybridIdentity.generate(RANDOM);
        var refusal = assertThrows(AgeException.class, () -> SealedEnvelopes.open(sealed, other));
        assertEquals(AgeException.Stage.NO_MATCH, refusal.stage());
    }

    @Test
    void refusesEveryChangedByte() {
        byte[] sealed =
                SealedEnvelopes.seal(
                                EnvelopeSigner.sign(key, Grant.TYPE, grant()), enclave.recipient())
                        .toArray();
        for (int i = 0; i < sealed.length; i += 37) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;
            assertThrows(
                    AgeException.class,
                    () -> SealedEnvelopes.open(Bytes.copyOf(changed), enclave),
                    "byte " + i);
        }
    }

    @Test
    void refusesWhatIsNoEnvelopeInside() {
        Bytes sealed =
                Sealing.to(List.of(enclave.recipient()))
                        .file("{}".getBytes(StandardCharsets.UTF_8));
        assertThrows(MalformedException.class, () -> SealedEnvelopes.open(sealed, enclave));
    }

    @Test
    void refusesWhatIsTooLarge() {
        Bytes sealed =
                Sealing.to(List.of(enclave.recipient())).file(new byte[SealedEnvelopes.MAX_BYTES]);
        var refusal = assertThrows(AgeException.class, () -> SealedEnvelopes.open(sealed, enclave));
        assertEquals(AgeException.Stage.PAYLOAD, refusal.stage());
    }

    @Test
    void largestInputListFits() throws Exception {
        var file = new InputList.InputFile(new FileName("ä".repeat(100)), AGREEMENT, 1L << 44);
        var list =
                new InputList(
                        AGREEMENT,
                        ENCLAVE,
                        new Email("a".repeat(64) + "@" + "b".repeat(60) + ".example"),
                        1_000_000,
                        Bytes.copyOf(new byte[InputList.SALT_LENGTH]),
                        Collections.nCopies(InputList.MAX_FILES, file),
                        NOW);
        Envelope inputs = EnvelopeSigner.sign(key, InputList.TYPE, list);
        var grant =
                new Grant(
                        AGREEMENT,
                        ENCLAVE,
                        ALICE,
                        1,
                        NOW,
                        Optional.of(data),
                        Optional.of(inputs),
                        NOW);
        Envelope signed = EnvelopeSigner.sign(key, Grant.TYPE, grant);
        Bytes sealed = SealedEnvelopes.seal(signed, enclave.recipient());
        assertEquals(signed, SealedEnvelopes.open(sealed, enclave));
    }

    @Test
    void hidesHowManyInputsThereAre() {
        assertEquals(sealedLength(1), sealedLength(12));
    }

    private int sealedLength(int files) {
        var grant =
                new Grant(
                        AGREEMENT,
                        ENCLAVE,
                        ALICE,
                        1,
                        NOW,
                        Optional.of(data),
                        Optional.of(inputs(files)),
                        NOW);
        return SealedEnvelopes.seal(
                        EnvelopeSigner.sign(key, Grant.TYPE, grant), enclave.recipient())
                .length();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"type", "agreement", "identity", "signer", "runs", "notAfter", "issuedAt"})
    void refusesMissingField(String name) {
        Map<String, Json> members = members();
        members.remove(name);
        assertThrows(
                MalformedException.class,
                () -> Signed.verify(signedMembers(members), Grant.TYPE, key.publicKey()));
    }

    @ParameterizedTest
    @CsvSource({
        "type,application/vnd.cloister.card.v1+json",
        "agreement,sha256:00",
        "identity,md5:00",
        "signer,Alice@example.org",
        "runs,one",
        "notAfter,tomorrow",
        "decryptionKey,AGE-SECRET-KEY-1QQQ",
        "inputs,none",
        "another,member"
    })
    void refusesOtherField(String name, String value) {
        Map<String, Json> members = members();
        members.put(name, Json.of(value));
        assertThrows(
                MalformedException.class,
                () -> Signed.verify(signedMembers(members), Grant.TYPE, key.publicKey()));
    }

    @ParameterizedTest
    @CsvSource({"runs,0", "runs,1000001", "notAfter,-1", "notAfter,253402300800", "issuedAt,-1"})
    void refusesNumberOutOfBounds(String name, long value) {
        Map<String, Json> members = members();
        members.put(name, Json.of(value));
        assertThrows(
                MalformedException.class,
                () -> Signed.verify(signedMembers(members), Grant.TYPE, key.publicKey()));
    }

    @Test
    void showsNoKey() {
        byte[] secret =
                data.text(SecretExposure.acknowledged()).expose(SecretExposure.acknowledged());
        assertFalse(grant().toString().contains(new String(secret, StandardCharsets.US_ASCII)));
        assertFalse(grant().toString().contains(data.recipient().text().value()));
    }
}
