package io.cloister.protocol.dsse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.JsonEdits;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Samples;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.TestKey;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

final class SignedTest {
    private static final TestKey KEY = Samples.key(Samples.DAVE);
    private static final Envelope CARD = Samples.signedCard(Samples.DAVE);

    private static Signed<Card> accepted(Envelope envelope)
            throws MalformedException, NotAuthenticException {
        return Signed.verify(envelope, Card.TYPE, KEY.publicKey());
    }

    private static String malformed(Envelope envelope) {
        return assertThrows(MalformedException.class, () -> accepted(envelope)).path();
    }

    private static Envelope reread(Json json) throws MalformedException {
        return Envelope.parse(json.canonical(), "envelope");
    }

    private static String refusedEnvelope(Json json) {
        return assertThrows(MalformedException.class, () -> reread(json)).path();
    }

    @Test
    void acceptsWhatTheKeySigned() throws MalformedException, NotAuthenticException {
        Signed<Card> card = accepted(CARD);
        assertEquals(Samples.card(Samples.DAVE), card.document());
        assertEquals(KEY.publicKey(), card.signer());
        assertEquals(CARD, card.envelope());
        assertEquals(Sha256.of(CARD.payload()), card.digest());
        assertEquals(accepted(CARD), card);
        assertEquals(accepted(CARD).hashCode(), card.hashCode());
        assertNotEquals(Card.verify(Samples.signedCard(Samples.RITA)), card);
        assertEquals(
                "Signed[" + card.digest() + " by " + KEY.publicKey().fingerprint() + "]",
                card.toString());
        assertEquals(card, Card.verify(CARD));
    }

    @Test
    void anEnvelopeSurvivesItsJson() throws MalformedException {
        assertEquals(CARD, reread(CARD.toJson()));
        String spaced = CARD.toJson().text().replace(",", " ,\n").replace(":[", " : [ ");
        assertEquals(CARD, Envelope.parse(spaced.getBytes(StandardCharsets.UTF_8), "envelope"));
    }

    /// github.com/secure-systems-lab/dsse, protocol.md, "Test vectors".
    @Test
    void signsThePublishedPreAuthenticationEncoding() {
        assertEquals(
                Bytes.utf8("DSSEv1 29 http://example.com/HelloWorld 11 hello world"),
                Envelope.preAuthenticationEncoding(
                        "http://example.com/HelloWorld", Bytes.utf8("hello world")));
        assertEquals(
                Bytes.utf8("DSSEv1 2 é 0 "),
                Envelope.preAuthenticationEncoding("é", Bytes.utf8("")));
    }

    @Test
    void neverAcceptsAnEnvelopeWithOneByteChanged() throws MalformedException {
        byte[] good = CARD.toJson().canonical();
        reread(CARD.toJson());
        for (int offset = 0; offset < good.length; offset++) {
            for (int mask :
                    new int[] {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x03, 0x1f, 0xff}) {
                byte[] changed = good.clone();
                changed[offset] ^= (byte) mask;
                try {
                    accepted(Envelope.parse(changed, "envelope"));
                    fail("accepted with offset " + offset + " changed by " + mask);
                } catch (MalformedException | NotAuthenticException _) {
                    // As it must be.
                }
            }
        }
    }

    @Test
    void neverAcceptsAnEnvelopeCutShort() {
        byte[] good = CARD.toJson().canonical();
        for (int length = 0; length < good.length; length += 7) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThrows(MalformedException.class, () -> Envelope.parse(cut, "envelope"));
        }
    }

    @Test
    void refusesAnotherType() {
        Envelope swapped =
                new Envelope(Labels.CODE_STATEMENT, CARD.payload(), CARD.keyId(), CARD.signature());
        assertEquals("card.payloadType", malformed(swapped));
        assertEquals("card.payloadType", malformed(Samples.signedCode()));
        assertEquals(
                "code statement.payloadType",
                assertThrows(
                                MalformedException.class,
                                () -> Signed.verify(CARD, CodeStatement.TYPE, KEY.publicKey()))
                        .path());
    }

    /// The payload's own `type` must agree too: one signed under one label is no document of
    /// another.
    @Test
    void refusesAPayloadOfAnotherTypeUnderTheRightLabel() {
        Envelope crossed = KEY.sign(Labels.CARD, Samples.signedCode().payload());
        assertEquals("card.type", malformed(crossed));
    }

    @Test
    void refusesASignatureOverAnotherTypeOfTheSamePayload() {
        Bytes signature =
                KEY.signature(
                        Envelope.preAuthenticationEncoding(Labels.INPUT_LIST, CARD.payload()));
        var crossed = new Envelope(Labels.CARD, CARD.payload(), CARD.keyId(), signature);
        assertThrows(NotAuthenticException.class, () -> accepted(crossed));
    }

    @Test
    void refusesAnotherKey() {
        PublicSigningKey other = Samples.key(Samples.RITA).publicKey();
        var refused =
                assertThrows(
                        NotAuthenticException.class, () -> Signed.verify(CARD, Card.TYPE, other));
        assertTrue(
                String.valueOf(refused.getMessage())
                        .contains("must be signed by " + other.fingerprint()));
    }

    @Test
    void refusesAnotherKeyId() {
        var named =
                new Envelope(
                        CARD.payloadType(),
                        CARD.payload(),
                        Samples.key(Samples.RITA).publicKey().fingerprint(),
                        CARD.signature());
        var refused = assertThrows(NotAuthenticException.class, () -> accepted(named));
        assertTrue(String.valueOf(refused.getMessage()).contains("names the key"));
    }

    @Test
    void refusesAnotherKeysSignatureUnderTheRightKeyId() {
        Envelope rita = Samples.key(Samples.RITA).sign(CARD.payloadType(), CARD.payload());
        var named =
                new Envelope(CARD.payloadType(), CARD.payload(), CARD.keyId(), rita.signature());
        var refused = assertThrows(NotAuthenticException.class, () -> accepted(named));
        assertTrue(String.valueOf(refused.getMessage()).contains("does not verify"));
        assertThrows(NotAuthenticException.class, () -> Card.verify(named));
    }

    @Test
    void refusesAPayloadThatIsNotCanonicalThoughSigned() {
        String text = new String(CARD.payload().toArray(), StandardCharsets.UTF_8);
        for (String other :
                List.of(
                        text + "\n",
                        " " + text,
                        text.replace("\"type\"", "\"\\u0074ype\""),
                        text.replace(",\"email\"", ", \"email\""))) {
            assertEquals("card", malformed(KEY.sign(Labels.CARD, Bytes.utf8(other))));
        }
    }

    /// A document whose reader takes what its writer would write otherwise: two forms of one
    /// meaning.
    @Test
    void refusesAnotherFormOfTheSameDocument() {
        var lenient =
                new DocumentType<String>() {
                    @Override
                    public String payloadType() {
                        return "lenient";
                    }

                    @Override
                    public String name() {
                        return "lenient";
                    }

                    @Override
                    public String read(Json payload) {
                        return "read";
                    }

                    @Override
                    public Json write(String document) {
                        return Json.of(document);
                    }
                };
        assertThrows(
                MalformedException.class,
                () ->
                        Signed.verify(
                                KEY.sign("lenient", Bytes.utf8("\"other\"")),
                                lenient,
                                KEY.publicKey()));
    }

    @Test
    void refusesEveryDamagedEnvelope() {
        List<JsonEdits.Edit> edits = JsonEdits.of(CARD.toJson(), Set.of());
        assertTrue(edits.size() > 30);
        for (JsonEdits.Edit edit : edits) {
            assertThrows(MalformedException.class, () -> reread(edit.result()), edit.toString());
        }
    }

    @Test
    void refusesNoSignatureAndTwo() {
        Json none = JsonEdits.set(CARD.toJson(), "signatures", Json.array(List.of()));
        assertEquals("envelope.signatures", refusedEnvelope(none));
        Json one = JsonEdits.get(CARD.toJson(), "signatures[0]");
        assertEquals(
                "envelope.signatures",
                refusedEnvelope(
                        JsonEdits.set(CARD.toJson(), "signatures", Json.array(List.of(one, one)))));
    }

    @Test
    void refusesOtherFormsOfBase64AndDigest() {
        String signature = CARD.signature().base64();
        for (String other :
                List.of(
                        signature.replace("=", ""),
                        signature.substring(0, 85) + next(signature.charAt(85)) + "==",
                        signature + "\n",
                        signature.replace('+', '-').replace('/', '_') + "-",
                        "")) {
            assertEquals(
                    "envelope.signatures[0].sig",
                    refusedEnvelope(
                            JsonEdits.set(CARD.toJson(), "signatures[0].sig", Json.of(other))),
                    other);
        }
        assertEquals(
                "envelope.payload",
                refusedEnvelope(JsonEdits.set(CARD.toJson(), "payload", Json.of(""))));
        assertEquals(
                "envelope.payload",
                refusedEnvelope(JsonEdits.set(CARD.toJson(), "payload", Json.of("AB=="))));
        assertEquals(
                "envelope.signatures[0].keyid",
                refusedEnvelope(
                        JsonEdits.set(
                                CARD.toJson(),
                                "signatures[0].keyid",
                                Json.of(CARD.keyId().hex()))));
        assertEquals(
                "envelope.payloadType",
                refusedEnvelope(JsonEdits.set(CARD.toJson(), "payloadType", Json.of(""))));
        assertEquals(
                "envelope.payloadType",
                refusedEnvelope(
                        JsonEdits.set(CARD.toJson(), "payloadType", Json.of("x".repeat(129)))));
    }

    /// The bits that padding leaves over must be 0.
    private static char next(char c) {
        return (char) (c + 1);
    }

    @Test
    void refusesSignaturesOfAnotherLength() {
        for (int length : new int[] {0, 1, 63, 65, 128}) {
            Json json =
                    JsonEdits.set(
                            CARD.toJson(),
                            "signatures[0].sig",
                            Json.of(Samples.bytes("sig", length).base64()));
            assertEquals("envelope.signatures[0].sig", refusedEnvelope(json));
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                            new Envelope(
                                    "x",
                                    CARD.payload(),
                                    CARD.keyId(),
                                    Samples.bytes("sig", length)));
        }
    }

    @Test
    void boundsPayloadAndType() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Envelope("", CARD.payload(), CARD.keyId(), CARD.signature()));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new Envelope(
                                "x".repeat(129), CARD.payload(), CARD.keyId(), CARD.signature()));
        Bytes large = Bytes.copyOf(new byte[Envelope.MAX_PAYLOAD]);
        var largest = new Envelope("x".repeat(128), large, CARD.keyId(), CARD.signature());
        assertTrue(largest.toJson().canonical().length <= JsonLimits.DOCUMENT.maxBytes());
        Bytes tooLarge = Bytes.concat(large, Bytes.utf8("x"));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Envelope("x", tooLarge, CARD.keyId(), CARD.signature()));
        assertEquals(
                "envelope.payload",
                refusedEnvelope(
                        JsonEdits.set(largest.toJson(), "payload", Json.of(tooLarge.base64()))));
    }

    @Test
    void readingWithoutCheckingIsNotVerifying() throws MalformedException {
        Bytes signature = Bytes.copyOf(new byte[64]);
        var unsigned =
                new Envelope(
                        Labels.INPUT_LIST,
                        Bytes.copyOf(InputList.TYPE.write(Samples.inputList()).canonical()),
                        CARD.keyId(),
                        signature);
        assertEquals(Samples.inputList(), Signed.readUnverified(unsigned, InputList.TYPE));
        assertThrows(
                NotAuthenticException.class,
                () -> Signed.verify(unsigned, InputList.TYPE, KEY.publicKey()));
    }
}
