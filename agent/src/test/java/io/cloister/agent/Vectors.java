package io.cloister.agent;

import static io.cloister.agent.TestComputation.ANNA;
import static io.cloister.agent.TestComputation.BEN;
import static io.cloister.agent.TestComputation.CARL;
import static io.cloister.agent.TestComputation.CODE;
import static io.cloister.agent.TestComputation.NOW;

import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.crypto.bundle.BundleWriter;
import io.cloister.crypto.grant.Grant;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// Makes `spec/vectors/grant.json`, `input-list.json` and `bundle.json`, the same bytes each time.
/// Every bad one is an accepted one with one thing changed.
final class Vectors {
    private static final Sha256 ENCLAVE = Sha256.of(Bytes.utf8("the enclave of the vectors"));
    private static final Sha256 OTHER = Sha256.of(Bytes.utf8("another"));

    private final TestComputation computation =
            new TestComputation(new Counting("vectors")).terms(Vectors::threeRuns);

    /// One case.
    ///
    /// @param before what the agent has accepted before
    /// @param given what it gets
    /// @param expected `accepted`, or the code of the check that must refuse
    record Case(String id, String comment, List<Envelope> before, Envelope given, String expected) {
        Json toJson() {
            return Json.object()
                    .put("id", id)
                    .put("comment", comment)
                    .put("before", before.stream().map(Envelope::toJson).toList())
                    .put("given", given.toJson())
                    .put("expected", expected)
                    .build();
        }
    }

    /// Random bytes that are the same each time.
    private static final class Counting extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final String seed;
        private int count;

        Counting(String seed) {
            this.seed = seed;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            for (int at = 0; at < bytes.length; at += Sha256.LENGTH) {
                byte[] block = Sha256.of(Bytes.utf8(seed + " " + count++)).value().toArray();
                System.arraycopy(block, 0, bytes, at, Math.min(block.length, bytes.length - at));
            }
        }
    }

    private static Terms threeRuns(Terms terms) {
        return terms.toBuilder().runs(3).dataMayChange(true).build();
    }

    private InputList list(Email provider, long run) {
        return list(computation.agreement().digest(), ENCLAVE, provider, run);
    }

    private static InputList list(Sha256 agreement, Sha256 enclave, Email provider, long run) {
        var file =
                new InputList.InputFile(
                        new FileName("größen.csv"),
                        Sha256.of(Bytes.utf8("ciphertext of " + provider + run)),
                        4_711);
        return new InputList(
                agreement,
                enclave,
                provider,
                run,
                Bytes.copyOf(
                        Arrays.copyOf(
                                Sha256.of(Bytes.utf8("salt " + run)).value().toArray(),
                                InputList.SALT_LENGTH)),
                List.of(file),
                NOW);
    }

    private Grant grant(Email person) {
        return computation.grant(person, ENCLAVE, inputsOf(person));
    }

    private Optional<Envelope> inputsOf(Email person) {
        return computation.roster.dataProviders().contains(person)
                ? Optional.of(computation.signed(list(person, 1)))
                : Optional.empty();
    }

    /// Anna's grant with members changed, signed by her.
    private Envelope changed(Email person, UnaryOperator<Map<String, Json>> change) {
        Map<String, Json> members =
                new LinkedHashMap<>(((Json.Obj) Grant.TYPE.write(grant(person))).members());
        return EnvelopeSigner.sign(
                computation.signing(person),
                Labels.GRANT,
                Bytes.copyOf(new Json.Obj(change.apply(members)).canonical()));
    }

    private Envelope with(String name, Json value) {
        return changed(
                ANNA,
                members -> {
                    members.put(name, value);
                    return members;
                });
    }

    private Envelope without(Email person, String name) {
        return changed(
                person,
                members -> {
                    members.remove(name);
                    return members;
                });
    }

    List<Case> grants() {
        Terms terms = computation.agreement().terms();
        long expiry = terms.notAfter().getEpochSecond();
        Envelope anna = computation.signed(grant(ANNA));
        List<Case> cases = new ArrayList<>();
        cases.add(
                accepted(
                        "code-provider",
                        "a Code Provider's: a key, no inputs",
                        computation.signed(grant(CODE))));
        cases.add(accepted("data-provider", "a Data Provider's: a key and an input list", anna));
        cases.add(accepted("consumer", "a consumer's: neither", computation.signed(grant(CARL))));
        cases.add(accepted("lower-runs", "fewer runs than agreed", with("runs", Json.of(1))));
        cases.add(
                accepted(
                        "earlier-expiry",
                        "an earlier expiry than agreed",
                        with("notAfter", Json.of(expiry - 1))));
        cases.add(
                new Case(
                        "again",
                        "the same again changes nothing",
                        List.of(anna),
                        anna,
                        "accepted"));
        cases.add(
                new Case(
                        "second",
                        "a different second one; the first holds",
                        List.of(anna),
                        with("runs", Json.of(1)),
                        "second-grant"));
        cases.add(
                refused(
                        "unknown-member",
                        "a member nobody knows",
                        with("more", Json.of(true)),
                        RefusalCode.GRANT_MALFORMED));
        cases.add(
                refused(
                        "no-runs",
                        "a member is missing",
                        without(ANNA, "runs"),
                        RefusalCode.GRANT_MALFORMED));
        cases.add(
                refused(
                        "runs-0",
                        "no run at all",
                        with("runs", Json.of(0)),
                        RefusalCode.GRANT_MALFORMED));
        cases.add(
                refused(
                        "runs-text",
                        "a number as text",
                        with("runs", Json.of("1")),
                        RefusalCode.GRANT_MALFORMED));
        cases.add(
                refused(
                        "type",
                        "another document's type",
                        with("type", Json.of(Labels.CARD)),
                        RefusalCode.GRANT_MALFORMED));
        cases.add(
                refused(
                        "key-text",
                        "a key that is none",
                        with("decryptionKey", Json.of("AGE-SECRET-KEY-1")),
                        RefusalCode.GRANT_MALFORMED));
        cases.add(
                refused(
                        "blank",
                        "a blank before the payload: not canonical",
                        blank(anna),
                        RefusalCode.GRANT_MALFORMED));
        cases.add(
                refused(
                        "payload-type",
                        "an input list in a grant's place",
                        computation.signed(list(ANNA, 1)),
                        RefusalCode.GRANT_MALFORMED));
        cases.add(
                refused(
                        "stranger",
                        "its signer does not take part",
                        with("signer", Json.of("eve@example.org")),
                        RefusalCode.GRANT_SIGNER));
        cases.add(
                refused(
                        "another-signer",
                        "somebody else's name on it",
                        with("signer", Json.of(BEN.value())),
                        RefusalCode.GRANT_SIGNATURE));
        cases.add(
                refused(
                        "signature",
                        "one bit of the signature",
                        flipped(anna),
                        RefusalCode.GRANT_SIGNATURE));
        cases.add(
                refused(
                        "agreement",
                        "for another agreement",
                        with("agreement", Json.of(OTHER.toString())),
                        RefusalCode.GRANT_AGREEMENT));
        cases.add(
                refused(
                        "identity",
                        "for another enclave",
                        with("identity", Json.of(OTHER.toString())),
                        RefusalCode.GRANT_IDENTITY));
        cases.add(
                refused(
                        "runs",
                        "more runs than agreed",
                        with("runs", Json.of(4)),
                        RefusalCode.GRANT_TERMS));
        cases.add(
                refused(
                        "expiry",
                        "a later expiry than agreed",
                        with("notAfter", Json.of(expiry + 1)),
                        RefusalCode.GRANT_TERMS));
        cases.add(
                refused(
                        "expired",
                        "its expiry is before now",
                        with("notAfter", Json.of(NOW.getEpochSecond() - 1)),
                        RefusalCode.GRANT_EXPIRED));
        cases.add(
                refused(
                        "issued-late",
                        "issued after its own expiry",
                        with("issuedAt", Json.of(expiry + 1)),
                        RefusalCode.GRANT_EXPIRED));
        cases.add(
                refused(
                        "no-key",
                        "a provider without a key",
                        without(ANNA, "decryptionKey"),
                        RefusalCode.GRANT_KEY));
        cases.add(
                refused(
                        "consumers-key",
                        "a consumer with a key",
                        consumersKey(),
                        RefusalCode.GRANT_KEY));
        cases.add(
                refused(
                        "no-inputs",
                        "a Data Provider without inputs",
                        without(ANNA, "inputs"),
                        RefusalCode.GRANT_INPUTS));
        cases.add(
                refused(
                        "inputs-run",
                        "inputs of another run",
                        withInputs(list(ANNA, 2)),
                        RefusalCode.GRANT_INPUTS));
        cases.add(
                refused(
                        "inputs-signer",
                        "another provider's inputs",
                        withInputs(list(BEN, 1)),
                        RefusalCode.GRANT_INPUTS));
        cases.add(
                refused(
                        "inputs-agreement",
                        "inputs for another agreement",
                        withInputs(list(OTHER, ENCLAVE, ANNA, 1)),
                        RefusalCode.GRANT_INPUTS));
        cases.add(
                refused(
                        "inputs-identity",
                        "inputs for another enclave",
                        withInputs(list(computation.agreement().digest(), OTHER, ANNA, 1)),
                        RefusalCode.GRANT_INPUTS));
        return cases;
    }

    private Envelope consumersKey() {
        return changed(
                CARL,
                members -> {
                    members.put(
                            "decryptionKey",
                            ((Json.Obj) Grant.TYPE.write(grant(ANNA)))
                                    .members()
                                    .get("decryptionKey"));
                    return members;
                });
    }

    private Envelope withInputs(InputList inputs) {
        return with("inputs", computation.signed(inputs).toJson());
    }

    private static Envelope flipped(Envelope envelope) {
        byte[] signature = envelope.signature().toArray();
        signature[0] ^= 1;
        return new Envelope(
                envelope.payloadType(),
                envelope.payload(),
                envelope.keyId(),
                Bytes.copyOf(signature));
    }

    private Envelope blank(Envelope envelope) {
        return EnvelopeSigner.sign(
                computation.signing(ANNA),
                envelope.payloadType(),
                Bytes.concat(Bytes.utf8(" "), envelope.payload()));
    }

    private static Case accepted(String id, String comment, Envelope given) {
        return new Case(id, comment, List.of(), given, "accepted");
    }

    private static Case refused(String id, String comment, Envelope given, RefusalCode code) {
        return new Case(id, comment, List.of(), given, code.word());
    }

    List<Case> inputLists() {
        Envelope good = computation.signed(list(ANNA, 2));
        Sha256 agreement = computation.agreement().digest();
        InputList other =
                new InputList(
                        agreement,
                        ENCLAVE,
                        ANNA,
                        2,
                        list(ANNA, 3).salt(),
                        list(ANNA, 2).files(),
                        NOW);
        List<Case> cases = new ArrayList<>();
        cases.add(afterGrant("second-run", "for the second run", good, "accepted"));
        cases.add(
                afterGrant(
                        "last-run",
                        "for the last run agreed",
                        computation.signed(list(ANNA, 3)),
                        "accepted"));
        cases.add(
                new Case(
                        "again",
                        "the same again changes nothing",
                        List.of(annasGrant(), good),
                        good,
                        "accepted"));
        cases.add(
                new Case(
                        "other-salt",
                        "another for the same run; the first holds",
                        List.of(annasGrant(), good),
                        computation.signed(other),
                        "inputs.exist"));
        cases.add(
                new Case(
                        "before-grant",
                        "its signer has not granted",
                        List.of(),
                        good,
                        "inputs.signer"));
        cases.add(
                afterGrant(
                        "not-a-provider",
                        "its signer brings no data",
                        computation.signed(list(CODE, 2)),
                        "inputs.signer"));
        cases.add(
                afterGrant(
                        "stranger",
                        "its signer does not take part",
                        EnvelopeSigner.sign(
                                computation.ownerKey,
                                InputList.TYPE,
                                list(TestComputation.OWNER, 2)),
                        "inputs.signer"));
        cases.add(
                afterGrant(
                        "signature",
                        "one bit of the signature",
                        flipped(good),
                        "inputs.signature"));
        cases.add(
                afterGrant(
                        "another-signer",
                        "signed by somebody else",
                        EnvelopeSigner.sign(
                                computation.signing(BEN), InputList.TYPE, list(ANNA, 2)),
                        "inputs.signature"));
        cases.add(
                afterGrant(
                        "agreement",
                        "for another agreement",
                        computation.signed(list(OTHER, ENCLAVE, ANNA, 2)),
                        "inputs.agreement"));
        cases.add(
                afterGrant(
                        "identity",
                        "for another enclave",
                        computation.signed(list(agreement, OTHER, ANNA, 2)),
                        "inputs.identity"));
        cases.add(
                afterGrant(
                        "run-4",
                        "beyond the runs agreed",
                        computation.signed(list(ANNA, 4)),
                        "inputs.run"));
        cases.add(
                afterGrant(
                        "run-1",
                        "another for the first run, whose list came with the grant",
                        otherFirst(),
                        "inputs.exist"));
        cases.add(
                afterGrant(
                        "blank",
                        "a blank before the payload: not canonical",
                        blank(good),
                        "inputs.malformed"));
        cases.add(
                afterGrant(
                        "grant",
                        "a grant in its place",
                        computation.signed(grant(CARL)),
                        "inputs.malformed"));
        return cases;
    }

    private Envelope otherFirst() {
        InputList first = list(ANNA, 1);
        return computation.signed(
                new InputList(
                        first.agreement(),
                        ENCLAVE,
                        ANNA,
                        1,
                        list(ANNA, 2).salt(),
                        first.files(),
                        Instant.ofEpochSecond(1)));
    }

    private Envelope annasGrant() {
        return computation.signed(grant(ANNA));
    }

    private Case afterGrant(String id, String comment, Envelope given, String expected) {
        return new Case(id, comment, List.of(annasGrant()), given, expected);
    }

    /// The file for documents given to an agent.
    String file(List<Case> cases) {
        String head =
                "{\"agreement\":"
                        + computation.agreement().envelope().toJson().text()
                        + ",\n\"identity\":\""
                        + ENCLAVE
                        + "\",\n\"now\":"
                        + NOW.getEpochSecond()
                        + ",\n\"cases\":[\n";
        return head
                + String.join(",\n", cases.stream().map(one -> one.toJson().text()).toList())
                + "\n]}\n";
    }

    /// A bundle, or something like one.
    record Bundle(String id, String comment, Bytes tar, String expected) {
        Json toJson() {
            return Json.object()
                    .put("id", id)
                    .put("comment", comment)
                    .put("tar", tar.base64())
                    .put("expected", expected)
                    .build();
        }
    }

    static List<Bundle> bundles() throws MalformedException, IOException {
        byte[] good = tar(Map.of("run.py", "print(1)\n", "secret/größe.py.age", "ciphertext"));
        byte[] small = tar(Map.of("run.py", "print(1)\n"));
        List<Bundle> cases = new ArrayList<>();
        cases.add(new Bundle("smallest", "run.py only", Bytes.copyOf(small), "accepted"));
        cases.add(
                new Bundle(
                        "encrypted", "with an encrypted module", Bytes.copyOf(good), "accepted"));
        String folders = "folder-of-thirty-characters-00/".repeat(4);
        cases.add(
                new Bundle(
                        "long-path",
                        "a path that is cut into prefix and name",
                        Bytes.copyOf(tar(Map.of("run.py", "", folders + "x.age", ""))),
                        "accepted"));
        cases.add(
                new Bundle(
                        "truncated",
                        "one byte is missing",
                        Bytes.copyOf(Arrays.copyOf(small, small.length - 1)),
                        "malformed"));
        cases.add(
                new Bundle(
                        "longer",
                        "a third zero block",
                        Bytes.copyOf(Arrays.copyOf(small, small.length + 512)),
                        "malformed"));
        cases.add(edited("padding", "a byte in a content's padding", tar -> tar[512 + 100] = 1));
        cases.add(edited("end", "a byte in the last zero block", tar -> tar[tar.length - 1] = 1));
        cases.add(edited("link", "a symbolic link", tar -> tar[156] = '2'));
        cases.add(edited("hard-link", "a hard link", tar -> tar[156] = '1'));
        cases.add(edited("folder", "a folder", tar -> tar[156] = '5'));
        cases.add(edited("pax", "an extended header", tar -> tar[156] = 'x'));
        cases.add(edited("mode", "an executable file", tar -> tar[104] = '7'));
        cases.add(edited("owner", "an owner", tar -> tar[114] = '1'));
        cases.add(edited("time", "a time", tar -> tar[146] = '1'));
        cases.add(edited("gnu", "GNU's magic", tar -> tar[262] = ' '));
        cases.add(edited("owner-name", "an owner's name", tar -> tar[265] = 'r'));
        cases.add(edited("missing-run", "no run.py", tar -> path(tar, "a.age")));
        cases.add(
                edited(
                        "clear-module",
                        "a module that is not encrypted",
                        tar -> path(tar, "module.py")));
        cases.add(edited("absolute", "an absolute path", tar -> path(tar, "/run.py.age")));
        cases.add(edited("upwards", "a path upwards", tar -> path(tar, "../run.age")));
        cases.add(
                edited(
                        "collision",
                        "an encrypted file in the place of run.py",
                        tar -> path(tar, "run.py.age")));
        cases.add(
                edited(
                        "case-collision",
                        "the same in other letters",
                        tar -> path(tar, "Run.py.age")));
        cases.add(
                edited(
                        "control",
                        "a control character in a name",
                        tar -> path(tar, "a\u001b.age")));
        byte[] swapped =
                Bytes.concat(
                                Bytes.copyOf(Arrays.copyOfRange(good, 1024, 2048)),
                                Bytes.copyOf(Arrays.copyOfRange(good, 0, 1024)),
                                Bytes.copyOf(new byte[1024]))
                        .toArray();
        cases.add(
                new Bundle(
                        "order", "paths that do not ascend", Bytes.copyOf(swapped), "malformed"));
        byte[] twice =
                Bytes.concat(Bytes.copyOf(Arrays.copyOfRange(good, 0, 1024)), Bytes.copyOf(good))
                        .toArray();
        cases.add(new Bundle("twice", "a path twice", Bytes.copyOf(twice), "malformed"));
        return cases;
    }

    private static Bundle edited(String id, String comment, Consumer<byte[]> edit)
            throws MalformedException, IOException {
        byte[] tar = tar(Map.of("run.py", "print(1)\n"));
        edit.accept(tar);
        Arrays.fill(tar, 148, 156, (byte) ' ');
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += tar[i] & 0xff;
        }
        byte[] checksum = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(checksum, 0, tar, 148, checksum.length);
        return new Bundle(id, comment, Bytes.copyOf(tar), "malformed");
    }

    private static void path(byte[] tar, String path) {
        Arrays.fill(tar, 0, 100, (byte) 0);
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(name, 0, tar, 0, name.length);
    }

    private static byte[] tar(Map<String, String> files) throws MalformedException, IOException {
        Map<BundlePath, byte[]> sorted = new TreeMap<>();
        files.forEach((path, text) ->
                sorted.put(new BundlePath(path), text.getBytes(StandardCharsets.UTF_8)));
        var out = new ByteArrayOutputStream();
        var writer = new BundleWriter(out);
        for (Map.Entry<BundlePath, byte[]> file : sorted.entrySet()) {
            writer.add(
                    file.getKey(),
                    file.getValue().length,
                    new ByteArrayInputStream(file.getValue()));
        }
        writer.finish();
        return out.toByteArray();
    }

    static String bundleFile() throws MalformedException, IOException {
        return "{\"cases\":[\n"
                + String.join(",\n", bundles().stream().map(one -> one.toJson().text()).toList())
                + "\n]}\n";
    }
}
