package io.cloister.protocol.vectors;

import static io.cloister.protocol.Samples.CARL;
import static io.cloister.protocol.Samples.DANA;
import static io.cloister.protocol.Samples.DAVE;
import static io.cloister.protocol.Samples.OLGA;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.JsonEdits;
import io.cloister.protocol.Samples;
import io.cloister.protocol.TestKey;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Makes the vectors of one signed document: a good one, and bad ones with one defect each, signed
/// anew where the defect is not the signature. Expected stages are what [Kind#judge] found, and
/// were looked at when they were committed.
final class DocumentVectors {
    private final Kind kind;
    private final Envelope good;
    private final Json payload;
    private final List<Json> all = new ArrayList<>();

    private DocumentVectors(Kind kind) {
        this.kind = kind;
        this.good = kind.good();
        this.payload = Vectors.json(new String(good.payload().toArray(), StandardCharsets.UTF_8));
    }

    static Json.Obj of(Kind kind) {
        var vectors = new DocumentVectors(kind);
        vectors.add("good", "as it should be", good(kind));
        vectors.envelopes();
        vectors.fields();
        switch (kind) {
            case PROPOSAL -> vectors.proposals();
            case CARD -> vectors.cards();
            case CODE_STATEMENT -> vectors.codes();
            case AGREEMENT -> vectors.agreements();
            case INPUT_LIST -> vectors.inputLists();
            case RECEIPT -> vectors.receipts();
        }
        return Json.object()
                .put(
                        "about",
                        "Envelopes (envelope, or text where it is no JSON object) that are to be a "
                                + kind.type().name()
                                + " signed by key, or by the key inside; what becomes of them, and"
                                + " at which stage (spec/README.md, Signatures; code: documents.md"
                                + " §5.2). Recipients are nobody's.")
                .put("vectors", vectors.all)
                .build();
    }

    private static Envelope good(Kind kind) {
        return kind.good();
    }

    private void add(String id, String comment, Envelope envelope) {
        add(id, comment, envelope.toJson());
    }

    private void add(String id, String comment, Json envelope) {
        input(id, comment, "envelope", envelope, envelope.text());
    }

    private void addText(String id, String comment, String text) {
        input(id, comment, "text", Json.of(text), text);
    }

    private void input(String id, String comment, String member, Json value, String text) {
        Json input =
                Json.object()
                        .put(member, value)
                        .put("key", kind.signer().publicKey().toString())
                        .build();
        all.add(
                VectorFiles.vector(
                        id, comment, input, kind.judge(text, kind.signer().publicKey())));
    }

    /// The payload changed and signed by whom it must be.
    private void resigned(String id, String comment, Json changed) {
        add(id, comment, kind.signer().sign(good.payloadType(), Bytes.copyOf(changed.canonical())));
    }

    private void set(String id, String comment, String path, Json value) {
        resigned(id, comment, JsonEdits.set(payload, path, value));
    }

    private void envelopes() {
        Json json = good.toJson();
        String text = json.text();
        TestKey other = TestKey.of("somebody else");
        addText("json-cut", "the last byte is missing", text.substring(0, text.length() - 1));
        addText(
                "json-duplicate",
                "a member name twice",
                text.replaceFirst("\\{", "{\"payloadType\":\"x\","));
        addText("json-trailing", "bytes after the envelope", text + "x");
        add(
                "envelope-none",
                "no signature",
                JsonEdits.set(json, "signatures", Json.array(List.of())));
        Json signature = JsonEdits.get(json, "signatures[0]");
        add(
                "envelope-two",
                "two signatures",
                JsonEdits.set(json, "signatures", Json.array(List.of(signature, signature))));
        add(
                "envelope-extra",
                "a member too many",
                JsonEdits.set(json, "certificate", Json.of("x")));
        add(
                "envelope-base64",
                "base64 with bits set that padding leaves over",
                JsonEdits.set(
                        json,
                        "signatures[0].sig",
                        Json.of(Bytes.copyOf(new byte[64]).base64().replace("A==", "B=="))));
        add(
                "envelope-base64url",
                "base64url",
                JsonEdits.set(json, "signatures[0].sig", Json.of("-_".repeat(43) + "==")));
        add(
                "envelope-short",
                "a signature of 63 bytes",
                JsonEdits.set(json, "signatures[0].sig", Json.of(Samples.bytes("x", 63).base64())));
        add(
                "envelope-keyid",
                "a key id without its prefix",
                JsonEdits.set(json, "signatures[0].keyid", Json.of(good.keyId().hex())));
        add(
                "type-other",
                "another label outside",
                new Envelope(
                        "application/vnd.cloister.other.v1+json",
                        good.payload(),
                        good.keyId(),
                        good.signature()));
        String inner = new String(good.payload().toArray(), StandardCharsets.UTF_8);
        add(
                "payload-cut",
                "a payload that is no JSON",
                kind.signer().sign(good.payloadType(), Bytes.utf8(inner.substring(1))));
        add(
                "payload-blank",
                "a blank in the payload",
                kind.signer().sign(good.payloadType(), Bytes.utf8(inner + " ")));
        add(
                "payload-escape",
                "a needless escape in the payload",
                kind.signer()
                        .sign(
                                good.payloadType(),
                                Bytes.utf8(
                                        inner.replaceFirst("type\":", "t\\\\u0079pe\":")
                                                .replaceFirst("_ty", "_t\\\\u0079"))));
        add(
                "signature-payload",
                "the payload changed after it was signed",
                new Envelope(
                        good.payloadType(),
                        Bytes.utf8(inner.replaceFirst("1795", "1796")),
                        good.keyId(),
                        good.signature()));
        add("signature-bit", "one bit of the signature changed", flipped());
        add(
                "signature-other-key",
                "signed by somebody else",
                other.sign(good.payloadType(), good.payload()));
        add(
                "signature-keyid",
                "the right signature under another key id",
                new Envelope(
                        good.payloadType(),
                        good.payload(),
                        other.publicKey().fingerprint(),
                        good.signature()));
        add(
                "signature-other-under-keyid",
                "somebody else's signature under the right key id",
                new Envelope(
                        good.payloadType(),
                        good.payload(),
                        good.keyId(),
                        other.sign(good.payloadType(), good.payload()).signature()));
        add(
                "signature-label",
                "signed under another label",
                new Envelope(
                        good.payloadType(),
                        good.payload(),
                        good.keyId(),
                        kind.signer()
                                .sign("application/vnd.cloister.other.v1+json", good.payload())
                                .signature()));
        add(
                "signature-bare",
                "signed without the pre-authentication encoding",
                new Envelope(
                        good.payloadType(),
                        good.payload(),
                        good.keyId(),
                        kind.signer().signature(good.payload())));
    }

    private Envelope flipped() {
        byte[] signature = good.signature().toArray();
        signature[10] ^= 1;
        return new Envelope(
                good.payloadType(), good.payload(), good.keyId(), Bytes.copyOf(signature));
    }

    /// Every member of the document itself missing, one too many, and each of another kind once.
    private void fields() {
        Set<String> seen = new HashSet<>();
        for (JsonEdits.Edit edit :
                JsonEdits.of(payload, Set.of("evidence", "subject", "proposal", "cards", "code"))) {
            boolean top =
                    edit.path().indexOf('.') == edit.path().lastIndexOf('.')
                            || edit.path().matches("\\$\\.(predicate|terms)\\.[a-zA-Z]+");
            if (top
                    && !edit.path().contains("[")
                    && !edit.path().equals("$.predicate.evidence")
                    && seen.add(edit.toString())) {
                resigned(
                        edit.toString().replace(" $.", "-").replace(" $", ""),
                        switch (edit.kind()) {
                            case "missing" ->
                                    "a member is missing (where it is optional, this is another"
                                            + " document)";
                            case "extra" -> "a member too many";
                            default -> "a member of another kind";
                        },
                        edit.result());
            }
        }
    }

    private void bounds(String path, long least, long most) {
        for (long value : new long[] {least, most, least - 1, most + 1}) {
            set(path + "-" + value, "at and beyond its bounds", path, Json.of(value));
        }
    }

    private void proposals() {
        bounds("terms.runs", 1, 1_000_000);
        bounds("terms.memoryBytes", 67_108_864, 17_592_186_044_416L);
        bounds("terms.outputBytes", 1_024, 17_592_186_044_416L);
        bounds("terms.processes", 1, 4_096);
        bounds("terms.notAfter", 0, 253_402_300_799L);
        set("title-long", "121 characters", "title", Json.of("x".repeat(121)));
        set("title-nfd", "not in NFC", "title", Json.of("De\u0301ja\u0300 vu"));
        set("owner-case", "an e-mail in upper case", "owner", Json.of("Olga@owner.example"));
        set(
                "owner-unicode",
                "an e-mail outside ASCII",
                "owner",
                Json.of("ol\u0261a@owner.example"));
        set(
                "provider-twice",
                "a Data Provider twice",
                "participants.dataProviders",
                Json.array(List.of(Json.of("a@b"), Json.of("a@b"))));
        set(
                "provider-none",
                "no Data Provider",
                "participants.dataProviders",
                Json.array(List.of()));
        set(
                "reader-stranger",
                "a reader who does not take part",
                "terms.outputReaders",
                Json.array(List.of(Json.of("zoe@stranger.example"))));
        set(
                "readers-unsorted",
                "readers in another order",
                "terms.tracebackReaders",
                Json.array(List.of(Json.of("dana@data.example"), Json.of("carl@code.example"))));
        set(
                "runs-fixed-data",
                "several runs, though data may not change",
                "terms.dataMayChange",
                Json.of(false));
        set(
                "key-small-order",
                "a key under which one signature fits any message",
                "ownerKey",
                Json.of("ed25519:01" + "00".repeat(31)));
        set(
                "key-not-reduced",
                "y is not below p",
                "ownerKey",
                Json.of("ed25519:ee" + "ff".repeat(30) + "7f"));
        set("dialect", "another dialect", "dialect", Json.of("cosmian/1"));
    }

    private void cards() {
        set(
                "roles-order",
                "roles in another order",
                "roles",
                Json.array(List.of(Json.of("result-consumer"), Json.of("data-provider"))));
        set("roles-none", "no role", "roles", Json.array(List.of()));
        set(
                "recipient-upper-case",
                "a recipient in upper case",
                "recipient",
                Json.of(Samples.classicRecipient("x").value().toUpperCase(Locale.ROOT)));
        set(
                "recipient-length",
                "a recipient of another length",
                "recipient",
                Json.of(Samples.classicRecipient("x").value() + "q"));
        set(
                "key-other",
                "another key inside than signs",
                "signingKey",
                Json.of(Samples.key(DANA).publicKey().toString()));
        set(
                "card-of-other-type",
                "another label inside",
                "type",
                Json.of("application/vnd.cloister.proposal.v1+json"));
    }

    private void codes() {
        bounds("bundleBytes", 1, 1L << 30);
        set(
                "digest-upper-case",
                "a digest in upper case",
                "bundle",
                Json.of("sha256:" + "AB".repeat(32)));
        set("digest-md5", "a digest of another kind", "lock", Json.of("md5:" + "00".repeat(16)));
    }

    private void inputLists() {
        bounds("run", 1, 1_000_000);
        set("salt-short", "a salt of 15 bytes", "salt", Json.of(Samples.bytes("x", 15).base64()));
        set("files-none", "no file", "files", Json.array(List.of()));
        for (String name :
                List.of(
                        "",
                        "..",
                        "a/b",
                        "a\\b",
                        "a\nb",
                        "\u202ecod.exe",
                        "a\u200b",
                        "x".repeat(201))) {
            set(
                    "name-" + all.size(),
                    "a file name that misleads or escapes",
                    "files[0].name",
                    Json.of(name));
        }
        for (String name : List.of("-rf", ".hidden", "größe 1.csv", "x".repeat(200))) {
            set("name-" + all.size(), "a file name that is fine", "files[0].name", Json.of(name));
        }
    }

    private void receipts() {
        Json failed = Json.of("exception");
        set(
                "released-after-failure",
                "a result of a run that failed",
                "predicate.report.outcome",
                failed);
        set(
                "exception-of-success",
                "an exception though the run succeeded",
                "predicate.report.exception",
                Json.of("KeyError"));
        set(
                "wall-exact",
                "time that is no power of two",
                "predicate.report.wallSeconds",
                Json.of(3));
        set("run-0", "runs count from 1", "predicate.run", Json.of(0));
        set(
                "identity-other",
                "the identity of another agreement",
                "predicate.agreement",
                Json.of(Samples.digest("x").toString()));
        set(
                "subject-fewer",
                "a subject is missing",
                "subject",
                Json.array(List.of(JsonEdits.get(payload, "subject[0]"))));
        set(
                "subject-digest",
                "a subject with another digest",
                "subject[0].digest.sha256",
                Json.of(Samples.digest("x").hex()));
        List<Json> inputs =
                new ArrayList<>(((Json.Arr) JsonEdits.get(payload, "predicate.inputs")).elements());
        inputs.add(inputs.getFirst());
        set("input-twice", "an input twice", "predicate.inputs", Json.array(inputs));
        String packages = "predicate.packages.components";
        List<Json> listed = ((Json.Arr) JsonEdits.get(payload, packages)).elements();
        set(
                "packages-descend",
                "packages in another order than by name",
                packages,
                Json.array(listed.reversed()));
        set(
                "package-twice",
                "a package twice",
                packages,
                Json.array(List.of(listed.getFirst(), listed.getFirst())));
        set("packages-none", "no packages, which is fine", packages, Json.array(List.of()));
        set(
                "package-purl",
                "the URL of another package",
                packages + "[0].purl",
                Json.of("pkg:pypi/numpy@1.0"));
        set(
                "package-purl-plain",
                "a version's plus sign that is not encoded",
                packages + "[1].purl",
                Json.of("pkg:pypi/torch@2.9.0+cpu"));
        set(
                "package-name",
                "a name that is not in its normal form",
                packages + "[0].name",
                Json.of("NumPy"));
        set(
                "package-hash",
                "a package without the hash of its wheel",
                packages + "[0].hashes",
                Json.array(List.of()));
        set(
                "packages-newer",
                "another version of CycloneDX",
                "predicate.packages.specVersion",
                Json.of("1.7"));
        resigned(
                "failed",
                "of a run that a KeyError ended",
                Receipt.TYPE.write(Samples.failedReceipt()));
    }

    private void agreements() {
        List<Json> cards = ((Json.Arr) JsonEdits.get(payload, "cards")).elements();
        for (int i = 0; i < cards.size(); i++) {
            List<Json> fewer = new ArrayList<>(cards);
            fewer.remove(i);
            set("card-" + i + "-missing", "a card is missing", "cards", Json.array(fewer));
        }
        List<Json> swapped = new ArrayList<>(cards);
        Collections.swap(swapped, 1, 2);
        set("cards-swapped", "cards in another order", "cards", Json.array(swapped));
        List<Json> more = new ArrayList<>(cards);
        more.add(cards.get(1));
        set("card-more", "a card too many", "cards", Json.array(more));
        set(
                "card-stranger",
                "a stranger's card in Dave's place",
                "cards[2]",
                davesCard("email", Json.of("mallory@x.example"), Samples.key(DAVE)));
        set(
                "card-computation",
                "a card of another computation",
                "cards[2]",
                davesCard("computation", Json.of("00".repeat(16)), Samples.key(DAVE)));
        set(
                "card-proposal",
                "a card for another proposal",
                "cards[2]",
                davesCard("proposal", Json.of(Samples.digest("x").toString()), Samples.key(DAVE)));
        set(
                "card-roles",
                "a card with a role more",
                "cards[2]",
                davesCard(
                        "roles",
                        Json.array(List.of(Json.of("data-provider"), Json.of("result-consumer"))),
                        Samples.key(DAVE)));
        set(
                "card-key-of-dana",
                "Dave has Dana's key",
                "cards[2]",
                davesCard(
                        "signingKey",
                        Json.of(Samples.key(DANA).publicKey().toString()),
                        Samples.key(DANA)));
        set(
                "card-key-of-owner",
                "Dave has the Owner's key",
                "cards[2]",
                davesCard(
                        "signingKey",
                        Json.of(Samples.key(OLGA).publicKey().toString()),
                        Samples.key(OLGA)));
        set(
                "card-recipient-of-dana",
                "Dave has Dana's recipient",
                "cards[2]",
                davesCard(
                        "recipient",
                        Json.of(Samples.card(DANA).recipient().value()),
                        Samples.key(DAVE)));
        set(
                "card-unsigned",
                "Dave's card is not signed by the key inside",
                "cards[2]",
                TestKey.of("x")
                        .sign(good(Kind.CARD).payloadType(), good(Kind.CARD).payload())
                        .toJson());
        set(
                "card-type",
                "a code statement in a card's place",
                "cards[2]",
                Samples.signedCode().toJson());
        set("computation", "another computation", "computation", Json.of("00".repeat(16)));
        set("proposal-other", "another proposal by the Owner", "proposal", proposal());
        set(
                "proposal-unsigned",
                "a proposal somebody else signed",
                "proposal",
                TestKey.of("x")
                        .sign(
                                Samples.signedProposal().payloadType(),
                                Samples.signedProposal().payload())
                        .toJson());
        set(
                "code-by-dana",
                "code by another participant",
                "code",
                Samples.key(DANA)
                        .sign(Samples.signedCode().payloadType(), Samples.signedCode().payload())
                        .toJson());
        set(
                "code-signer",
                "code that names another signer",
                "code",
                code("signer", Json.of("dana@data.example")));
        set(
                "code-computation",
                "code of another computation",
                "code",
                code("computation", Json.of("00".repeat(16))));
        set(
                "code-proposal",
                "code for another proposal",
                "code",
                code("proposal", Json.of(Samples.digest("x").toString())));
    }

    private static Json davesCard(String member, Json value, TestKey key) {
        return resigned(Samples.signedCard(DAVE), member, value, key);
    }

    private static Json proposal() {
        return resigned(Samples.signedProposal(), "title", Json.of("another"), Samples.key(OLGA));
    }

    private static Json code(String member, Json value) {
        return resigned(Samples.signedCode(), member, value, Samples.key(CARL));
    }

    private static Json resigned(Envelope envelope, String member, Json value, TestKey key) {
        Json payload =
                Vectors.json(new String(envelope.payload().toArray(), StandardCharsets.UTF_8));
        return key.sign(
                        envelope.payloadType(),
                        Bytes.copyOf(JsonEdits.set(payload, member, value).canonical()))
                .toJson();
    }
}
