package io.cloister.crypto.cosmian;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.PublicSigningKey;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Bytes go both ways between us and libsodium.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PyNaClTest {
    private static final Path FOLDER = Path.of("target/pynacl").toAbsolutePath();

    private final SecureRandom random = new SecureRandom();
    private PyNaCl peer;

    @BeforeAll
    void start() throws Exception {
        peer = PyNaCl.start(FOLDER);
    }

    @AfterAll
    void stop() {
        if (peer != null) {
            peer.close();
        }
    }

    private byte[] fresh(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] peer(String name, byte[]... arguments) throws IOException {
        return peer.call(name, arguments).orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 31, 32, 33, 64, 65, 65_535, 65_536, 65_537, 300_000})
    void opensWhatTheOtherSealsAndSealsTheSameBytes(int length) throws Exception {
        byte[] raw = fresh(32);
        byte[] content = fresh(length);
        SecretboxKey key = Fixtures.key(raw);

        byte[] ours = Fixtures.seal(key, content);
        assertArrayEquals(content, peer("open", raw, ours));
        byte[] theirs = peer("seal", raw, Arrays.copyOf(ours, 24), content);
        assertArrayEquals(theirs, ours);
        assertArrayEquals(content, Fixtures.open(key, theirs));
    }

    @Test
    void turnsEd25519KeysIntoTheSameX25519Keys() throws Exception {
        for (int i = 0; i < 30; i++) {
            byte[] seed = fresh(32);
            EnclaveKey key = EnclaveKey.fromSeed(Fixtures.secret(seed));
            byte[] converted = peer("convert", key.publicKey().value().toArray());

            assertArrayEquals(peer("public", seed), key.publicKey().value().toArray());
            assertArrayEquals(converted, key.recipient().toArray());
            assertArrayEquals(converted, Curve25519.publicOf(key.publicKey()));
        }
    }

    @Test
    void opensBoxesOfTheOtherAndTheOtherOurs() throws Exception {
        byte[] seed = fresh(32);
        EnclaveKey key = EnclaveKey.fromSeed(Fixtures.secret(seed));
        for (int length : new int[] {0, 1, 32, 64, 200}) {
            byte[] content = fresh(length);
            byte[] theirs = peer("box", key.publicKey().value().toArray(), content);
            assertEquals(Fixtures.secret(content), key.open(Bytes.copyOf(theirs)));

            Bytes ours = SealedBox.seal(Fixtures.secret(content), key.publicKey(), random);
            assertArrayEquals(content, peer("unbox", seed, ours.toArray()));
        }
    }

    @Test
    void opensABlobThatTheOtherMade() throws Exception {
        byte[] seed = fresh(32);
        EnclaveKey key = EnclaveKey.fromSeed(Fixtures.secret(seed));
        byte[] signerSeed = fresh(32);
        var signer = new PublicSigningKey(Bytes.copyOf(peer("public", signerSeed)));
        var computation = new ComputationId(Bytes.copyOf(fresh(16)));
        byte[] psk = fresh(32);
        byte[] symmetric = fresh(32);
        byte[] inside = Bytes.concat(Bytes.copyOf(psk), Bytes.copyOf(symmetric)).toArray();
        byte[] box = peer("box", key.publicKey().value().toArray(), inside);
        byte[] signature =
                peer(
                        "sign",
                        signerSeed,
                        Bytes.concat(computation.value(), Bytes.copyOf(box)).toArray());
        Bytes blob = Bytes.concat(Bytes.copyOf(signature), Bytes.copyOf(box));

        try (var content = KeyBlob.parse(blob).open(signer, computation, key)) {
            assertEquals(
                    PreSharedKey.of(psk, SecretExposure.acknowledged()), content.preSharedKey());
            assertEquals(Fixtures.key(symmetric), content.key());
            byte[] again =
                    KeyBlob.seal(
                                    content,
                                    Fixtures.secret(signerSeed),
                                    computation,
                                    key.publicKey(),
                                    random)
                            .toArray();
            byte[] sealed = Arrays.copyOfRange(again, 64, again.length);
            assertArrayEquals(inside, peer("unbox", seed, sealed));
            assertTrue(
                    peer.call(
                                    "verify",
                                    signer.value().toArray(),
                                    Bytes.concat(computation.value(), Bytes.copyOf(sealed))
                                            .toArray(),
                                    Arrays.copyOf(again, 64))
                            .isPresent());
        }
    }

    @Test
    void derivesTheSameKeyFromWords() throws Exception {
        var computation = new ComputationId(Bytes.copyOf(fresh(16)));
        byte[] theirs =
                peer(
                        "words",
                        "cargoerrorthank".getBytes(StandardCharsets.US_ASCII),
                        computation.value().toArray());
        assertArrayEquals(
                theirs,
                PreSharedKey.ofWords(List.of("cargo", "error", "thank"), computation)
                        .expose(SecretExposure.acknowledged()));
    }

    @Test
    void refusesTheSignaturesThatTheOtherRefuses() throws Exception {
        byte[] seed = fresh(32);
        byte[] message = fresh(40);
        byte[] right = peer("sign", seed, message);
        byte[] signer = peer("public", seed);
        assertBothVerify(true, signer, message, right);
        for (int i = 0; i < right.length; i++) {
            assertBothVerify(false, signer, message, Fixtures.flipped(right, i, 1 << i % 8));
        }
        // The same point in the encoding with y + p, of small order, with the sign of x = 0 set.
        byte[] smallOrder = right.clone();
        Arrays.fill(smallOrder, 0, 32, (byte) 0);
        smallOrder[0] = 1;
        assertBothVerify(false, signer, message, smallOrder);
        assertBothVerify(false, signer, message, Fixtures.flipped(smallOrder, 31, 0x80));
    }

    private void assertBothVerify(boolean expected, byte[] signer, byte[] message, byte[] signature)
            throws IOException {
        assertEquals(expected, peer.call("verify", signer, message, signature).isPresent());
        assertEquals(
                expected,
                Curve25519.verifies(
                        new PublicSigningKey(Bytes.copyOf(signer)),
                        Bytes.copyOf(message),
                        Bytes.copyOf(signature)));
    }

    @Test
    void refusesTheBoxesThatTheOtherRefuses() throws Exception {
        byte[] seed = fresh(32);
        EnclaveKey key = EnclaveKey.fromSeed(Fixtures.secret(seed));
        byte[] box = peer("box", key.publicKey().value().toArray(), fresh(64));
        for (int i = 0; i < box.length; i++) {
            assertBothRefuse(seed, key, Fixtures.flipped(box, i, 1 << i % 7));
        }
        for (String point :
                List.of(
                        "0000000000000000000000000000000000000000000000000000000000000000",
                        "0100000000000000000000000000000000000000000000000000000000000000",
                        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")) {
            byte[] small = box.clone();
            System.arraycopy(Bytes.fromHex(point, "point").toArray(), 0, small, 0, 32);
            var refused = assertBothRefuse(seed, key, small);
            assertEquals(RefusedException.Stage.KEY, refused.stage());
        }
    }

    private RefusedException assertBothRefuse(byte[] seed, EnclaveKey key, byte[] box)
            throws IOException {
        assertEquals(Optional.empty(), peer.call("unbox", seed, box));
        return assertThrows(RefusedException.class, () -> key.open(Bytes.copyOf(box)));
    }

    @Test
    void sealsToNoKeyThatTheOtherDoesNotConvert() throws Exception {
        int refused = 0;
        for (int i = 0; i < 40; i++) {
            byte[] any = fresh(32);
            PublicSigningKey key;
            try {
                key = new PublicSigningKey(Bytes.copyOf(any));
            } catch (IllegalArgumentException _) {
                continue;
            }
            boolean theirs = peer.call("convert", any).isPresent();
            if (theirs) {
                assertArrayEquals(peer("convert", any), Curve25519.publicOf(key));
            } else {
                assertThrows(RefusedException.class, () -> Curve25519.publicOf(key));
                refused++;
            }
        }
        assertFalse(refused == 0, "no random bytes were refused");
    }
}
