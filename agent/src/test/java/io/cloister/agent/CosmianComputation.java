package io.cloister.agent;

import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.cosmian.KeyBlob;
import io.cloister.crypto.cosmian.PreSharedKey;
import io.cloister.crypto.cosmian.Project;
import io.cloister.crypto.cosmian.SecretboxKey;
import io.cloister.crypto.cosmian.SecretboxOpening;
import io.cloister.crypto.cosmian.SecretboxSealing;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.CosmianSetup;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Json;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// A whole computation of the Cosmian dialect with everybody's keys, who all do as the old client
/// does. The people are those of [TestComputation]. Tests change one thing at a time.
final class CosmianComputation {
    static final Seat CODE = new Seat(TestComputation.CODE, Role.CODE_PROVIDER);
    static final Seat ANNA = new Seat(TestComputation.ANNA, Role.DATA_PROVIDER);
    static final Seat BEN = new Seat(TestComputation.BEN, Role.DATA_PROVIDER);
    static final Seat CARL = new Seat(TestComputation.CARL, Role.RESULT_CONSUMER);
    static final Seat DORA = new Seat(TestComputation.DORA, Role.RESULT_CONSUMER);
    static final List<Seat> SEATS = List.of(CODE, ANNA, BEN, CARL, DORA);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BLOCK = 512;

    /// Lends its id, people and a native agreement.
    final TestComputation base = new TestComputation();

    final Map<Sha256, Bytes> blobs = new HashMap<>();
    final Bytes preSharedKey = TestComputation.random(PreSharedKey.LENGTH);
    private final Map<Seat, SigningKey> signing = new HashMap<>();
    private final Map<Seat, Bytes> keys = new HashMap<>();
    private final Map<String, Bytes> files = new TreeMap<>();
    private Terms terms = runs(100);
    private RuntimeRef runtime = new RuntimeRef("bare", Sha256.of(TestComputation.LOCK));
    private UnaryOperator<CodeDigests> stating = UnaryOperator.identity();
    private UnaryOperator<Bytes> packing = UnaryOperator.identity();
    private Optional<CosmianAgreement> agreement = Optional.empty();

    CosmianComputation() {
        for (Seat seat : SEATS) {
            signing.put(seat, SigningKey.generate(RANDOM));
            keys.put(seat, TestComputation.random(SecretboxKey.LENGTH));
        }
        clear("run.py", "print('hello')\n");
    }

    static Terms runs(long runs) {
        Terms terms = TestComputation.defaults();
        return terms.toBuilder().runs(runs).dataMayChange(true).build();
    }

    CosmianComputation terms(UnaryOperator<Terms> change) {
        terms = change.apply(terms);
        return this;
    }

    CosmianComputation runtime(Sha256 lock) {
        runtime = new RuntimeRef("bare", lock);
        return this;
    }

    /// With an agreement that says something else of the code.
    CosmianComputation stating(UnaryOperator<CodeDigests> change) {
        stating = change;
        return this;
    }

    /// With other bytes in place of the tar, which the agreement names.
    CosmianComputation packedAs(UnaryOperator<Bytes> change) {
        packing = change;
        return this;
    }

    CosmianComputation clear(String path, String content) {
        files.put(path, Bytes.utf8(content));
        return this;
    }

    CosmianComputation secret(String path, String content) {
        return secret(path, content, key(CODE));
    }

    CosmianComputation secret(String path, String content, Bytes key) {
        files.put(path + ".enc", sealed(key, Bytes.utf8(content)));
        return this;
    }

    Bytes key(Seat seat) {
        return Objects.requireNonNull(keys.get(seat));
    }

    SigningKey signing(Seat seat) {
        return Objects.requireNonNull(signing.get(seat));
    }

    private static SecretboxKey secretbox(Bytes key) {
        return SecretboxKey.of(key.toArray(), SecretExposure.acknowledged());
    }

    static Bytes sealed(Bytes key, Bytes content) {
        var body = new ByteArrayOutputStream();
        var sealing = new SecretboxSealing(secretbox(key), RANDOM, body);
        try {
            sealing.write(content.toArray());
            sealing.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return Bytes.concat(sealing.head(), Bytes.copyOf(body.toByteArray()));
    }

    /// What `seat`'s key opens.
    Bytes opened(Seat seat, Bytes message) throws IOException {
        var content = new ByteArrayOutputStream();
        SecretboxOpening.transfer(
                secretbox(key(seat)), new ByteArrayInputStream(message.toArray()), content);
        return Bytes.copyOf(content.toByteArray());
    }

    /// The agreement, made once.
    CosmianAgreement agreement() {
        return agreement.orElseGet(() -> {
            var made = make();
            agreement = Optional.of(made);
            return made;
        });
    }

    private CosmianAgreement make() {
        Map<Seat, PublicSigningKey> registered = new LinkedHashMap<>();
        SEATS.forEach(seat -> registered.put(seat, signing(seat).publicKey()));
        Bytes right = tar();
        CodeDigests digests;
        try {
            digests = Project.read(new ByteArrayInputStream(right.toArray())).digests();
        } catch (IOException | MalformedException e) {
            throw new AssertionError(e);
        }
        Bytes packed = store(packing.apply(right));
        digests =
                new CodeDigests(
                        Sha256.of(packed),
                        packed.length(),
                        digests.entrypoint(),
                        digests.requirements(),
                        digests.lock());
        return new CosmianAgreement(
                new CosmianSetup(
                        base.computation,
                        "test",
                        TestComputation.OWNER,
                        base.roster,
                        runtime,
                        terms,
                        TestComputation.NOW),
                registered,
                stating.apply(digests),
                TestComputation.NOW);
    }

    /// As Python's tarfile makes it, without times.
    private Bytes tar() {
        var out = new ByteArrayOutputStream();
        for (Map.Entry<String, Bytes> file : files.entrySet()) {
            byte[] header = new byte[BLOCK];
            put(header, 0, file.getKey());
            put(header, 100, "0000644\0" + "0001750\0" + "0001750\0");
            put(header, 124, "%011o\0".formatted(file.getValue().length()));
            put(header, 136, "14312345670\0" + " ".repeat(8) + "0");
            put(header, 257, "ustar\00000someone");
            int sum = 0;
            for (byte b : header) {
                sum += b & 0xff;
            }
            put(header, 148, "%06o\0 ".formatted(sum));
            out.writeBytes(header);
            out.writeBytes(file.getValue().toArray());
            out.writeBytes(new byte[-file.getValue().length() & (BLOCK - 1)]);
        }
        out.writeBytes(new byte[2 * BLOCK]);
        out.writeBytes(new byte[(int) Math.floorMod(-(long) out.size(), 10240L)]);
        return Bytes.copyOf(out.toByteArray());
    }

    private static void put(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }

    /// The body of the answer to `job`.
    Json.Obj job() {
        return Json.object().put("cosmianAgreement", agreement().toJson()).build();
    }

    Bytes store(Bytes blob) {
        blobs.put(Sha256.of(blob), blob);
        return blob;
    }

    /// `seat`'s key blob for an enclave.
    Bytes blob(Seat seat, PublicSigningKey enclave) {
        return blob(seat, enclave, preSharedKey, key(seat));
    }

    Bytes blob(Seat seat, PublicSigningKey enclave, Bytes words, Bytes key) {
        var exposure = SecretExposure.acknowledged();
        try (var content =
                new KeyBlob.Content(PreSharedKey.of(words.toArray(), exposure), secretbox(key))) {
            return KeyBlob.seal(
                    content, signing(seat).seed(exposure), base.computation, enclave, RANDOM);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Encrypts a file of `provider` and puts it where the control plane keeps it.
    CosmianInputs.File file(Seat provider, String name, String content, long arrived) {
        return file(provider, name, sealed(key(provider), Bytes.utf8(content)), arrived);
    }

    CosmianInputs.File file(Seat provider, String name, Bytes sealed, long arrived) {
        store(sealed);
        return new CosmianInputs.File(
                provider.person(),
                new FileName(name + ".enc"),
                Sha256.of(sealed),
                sealed.length(),
                arrived);
    }

    Bytes inputs(long run, CosmianInputs.File... files) {
        return new CosmianInputs(base.computation, agreement().digest(), run, List.of(files))
                .canonical();
    }

    /// A small file of each provider, Ben's first.
    Bytes someInputs(long run) {
        return inputs(
                run,
                file(BEN, "b", "data of " + email(BEN), 1_000),
                file(ANNA, "a", "data of " + email(ANNA), 2_000));
    }

    private static Email email(Seat seat) {
        return seat.person();
    }
}
