package io.cloister.protocol.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.JsonEdits;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Padme;
import io.cloister.protocol.Samples;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/// Documents that are not envelopes, and the parts of documents.
final class SmallDocumentsTest {
    @Nested
    final class Identity {
        private static final EnclaveIdentity GOOD = Samples.identity();
        private static final Json JSON = json();

        private static Json json() {
            try {
                return Json.parse(GOOD.canonical().toArray(), JsonLimits.MESSAGE, "identity");
            } catch (MalformedException e) {
                throw new AssertionError(e);
            }
        }

        private static String refused(Json json) {
            return refused(Bytes.copyOf(json.canonical()));
        }

        private static String refused(Bytes bytes) {
            return assertThrows(MalformedException.class, () -> EnclaveIdentity.parse(bytes))
                    .path();
        }

        @Test
        void readsWhatItWrites() throws MalformedException {
            assertEquals(GOOD, EnclaveIdentity.parse(GOOD.canonical()));
            assertEquals(Sha256.of(GOOD.canonical()), GOOD.digest());
        }

        @Test
        void refusesEveryMemberMissingExtraOrOfAnotherKind() {
            for (JsonEdits.Edit edit : JsonEdits.of(JSON, Set.of())) {
                assertThrows(
                        MalformedException.class,
                        () -> EnclaveIdentity.parse(Bytes.copyOf(edit.result().canonical())),
                        edit.toString());
            }
        }

        @Test
        void refusesOtherValues() {
            assertEquals("identity.type", refused(JsonEdits.set(JSON, "type", Json.of("x"))));
            assertEquals(
                    "identity.dialect",
                    refused(JsonEdits.set(JSON, "dialect", Json.of("cosmian/1"))));
            assertEquals(
                    "identity.isolation",
                    refused(JsonEdits.set(JSON, "isolation", Json.of("none"))));
            assertEquals("identity.swap", refused(JsonEdits.set(JSON, "swap", Json.of("none"))));
            assertEquals(
                    "identity.startedAt", refused(JsonEdits.set(JSON, "startedAt", Json.of(-1))));
            assertEquals(
                    "identity.startedAt",
                    refused(JsonEdits.set(JSON, "startedAt", Json.of(253_402_300_800L))));
        }

        @Test
        void refusesARecipientThatIsNotPostQuantum() {
            AgeRecipient classic = Samples.classicRecipient("x");
            assertEquals(
                    "identity.recipient",
                    refused(JsonEdits.set(JSON, "recipient", Json.of(classic.value()))));
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                            new EnclaveIdentity(
                                    GOOD.computation(),
                                    GOOD.agreement(),
                                    classic,
                                    GOOD.signingKey(),
                                    GOOD.runtime(),
                                    GOOD.isolation(),
                                    GOOD.swap(),
                                    GOOD.startedAt()));
        }

        @Test
        void refusesOtherBytesOfTheSameMeaning() {
            assertEquals("identity", refused(Bytes.concat(GOOD.canonical(), Bytes.utf8("\n"))));
            assertEquals("identity", refused(Bytes.copyOf(new byte[(64 << 10) + 1])));
        }

        @Test
        void reportDataIsTheLabelledSha512() throws Exception {
            MessageDigest sha512 = MessageDigest.getInstance("SHA-512");
            sha512.update("cloister/report-data/v1".getBytes(StandardCharsets.US_ASCII));
            sha512.update((byte) 0);
            assertEquals(
                    Bytes.copyOf(sha512.digest(GOOD.canonical().toArray())), GOOD.reportData());
            assertEquals(EnclaveIdentity.REPORT_DATA_LENGTH, GOOD.reportData().length());
        }

        @Test
        void anyOtherMemberMakesOtherReportData() throws MalformedException {
            Set<Bytes> all = new HashSet<>(List.of(GOOD.reportData()));
            for (String member : List.of("computation", "agreement", "recipient", "signingKey")) {
                String text = ((Json.Str) JsonEdits.get(JSON, member)).value();
                char last = text.charAt(text.length() - 1);
                Json other =
                        JsonEdits.set(
                                JSON,
                                member,
                                Json.of(
                                        text.substring(0, text.length() - 1)
                                                + (last == '0' ? '2' : last == '2' ? '3' : '2')));
                assertTrue(
                        all.add(
                                EnclaveIdentity.parse(Bytes.copyOf(other.canonical()))
                                        .reportData()),
                        member);
            }
            Json later = JsonEdits.set(JSON, "startedAt", Json.of(1));
            assertTrue(
                    all.add(EnclaveIdentity.parse(Bytes.copyOf(later.canonical())).reportData()));
        }
    }

    @Nested
    final class Index {
        private static OutputIndex index(int entries) {
            return new OutputIndex(
                    IntStream.range(0, entries)
                            .mapToObj(i -> entry("mean-" + i + ".csv"))
                            .toList());
        }

        private static OutputIndex.Entry entry(String name) {
            return new OutputIndex.Entry(new FileName(name), 12, Samples.digest("mean"));
        }

        @Test
        void refusesANameTwice() {
            Bytes twice = new OutputIndex(List.of(entry("mean.csv"), entry("mean.csv"))).padded();
            assertThrows(MalformedException.class, () -> OutputIndex.parse(twice));
        }

        @Test
        void readsWhatItWrites() throws MalformedException {
            for (int entries : new int[] {0, 1, 2, 30, 4_096}) {
                Bytes padded = index(entries).padded();
                assertEquals(index(entries), OutputIndex.parse(padded));
                assertEquals(Padme.length(padded.length()), padded.length());
            }
            assertThrows(IllegalArgumentException.class, () -> index(4_097));
        }

        @Test
        void refusesPaddingThatIsNotOurs() {
            String text = new String(index(1).padded().toArray(), StandardCharsets.UTF_8);
            for (String other :
                    List.of(
                            text.strip(),
                            text + " ",
                            text.substring(0, text.length() - 1),
                            "\n" + text.substring(0, text.length() - 1),
                            text.substring(0, text.length() - 1) + "\0",
                            "",
                            " ".repeat(1024))) {
                assertThrows(MalformedException.class, () -> OutputIndex.parse(Bytes.utf8(other)));
            }
        }

        @Test
        void refusesEveryMemberMissingExtraOrOfAnotherKind() throws MalformedException {
            String text = new String(index(2).padded().toArray(), StandardCharsets.UTF_8).strip();
            Json json =
                    Json.parse(text.getBytes(StandardCharsets.UTF_8), JsonLimits.DOCUMENT, "index");
            for (JsonEdits.Edit edit : JsonEdits.of(json, Set.of())) {
                String changed = edit.result().text();
                String padded =
                        changed
                                + " "
                                        .repeat(
                                                (int) Padme.length(changed.length())
                                                        - changed.length());
                assertThrows(
                        MalformedException.class,
                        () -> OutputIndex.parse(Bytes.utf8(padded)),
                        edit.toString());
            }
        }
    }

    @Nested
    final class Words {
        /// Known answers are in spec/vectors/phrase.json.
        @Test
        void aPhraseHasTwelveWordsOfTheBip39List() {
            List<String> phrase = Phrase.of(new Sha256(Bytes.copyOf(new byte[32])));
            assertEquals(12, phrase.size());
            assertNotEquals(phrase, Phrase.of(Samples.digest("x")));
        }

        /// SHA-256 of english.txt of bitcoin/bips, bip-0039.
        @Test
        void theListIsThePublishedOne() throws IOException {
            try (InputStream in =
                    Objects.requireNonNull(Phrase.class.getResourceAsStream("bip39-english.txt"))) {
                assertEquals(
                        "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda",
                        Sha256.of(in.readAllBytes()).hex());
            }
        }

        @Test
        void everyEnumerationReadsItsOwnWordsOnly() throws MalformedException {
            for (Outcome outcome : Outcome.values()) {
                assertEquals(outcome, Outcome.parse(outcome.toString(), "it"));
            }
            for (Role role : Role.values()) {
                assertEquals(role, Role.parse(role.toString(), "it"));
            }
            for (InputMode mode : InputMode.values()) {
                assertEquals(mode, InputMode.parse(mode.toString(), "it"));
            }
            for (IsolationLevel level : IsolationLevel.values()) {
                assertEquals(level, IsolationLevel.parse(level.toString(), "it"));
            }
            for (Receipt.Kind kind : Receipt.Kind.values()) {
                assertEquals(kind, Receipt.Kind.parse(kind.toString(), "it"));
            }
            assertEquals("limit-memory", Outcome.LIMIT_MEMORY.word());
            assertThrows(MalformedException.class, () -> Outcome.parse("LIMIT_MEMORY", "it"));
            assertThrows(MalformedException.class, () -> Outcome.parse("", "it"));
            assertTrue(
                    String.valueOf(
                                    assertThrows(
                                                    MalformedException.class,
                                                    () -> Role.parse("owner", "it"))
                                            .getMessage())
                            .contains("one of code-provider data-provider result-consumer"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "data.csv",
                "größe 1.csv",
                "-rf",
                ".hidden",
                "a b",
                "東京.txt",
                "😂",
                "...",
                "CON",
                "a:b",
                "*?\"<>|"
            })
    void takesPrintableFileNames(String name) throws MalformedException {
        assertEquals(name, FileName.parse(name, "it").toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "/",
                "a/b",
                "../a",
                "a\\b",
                "a\u0000",
                "a\nb",
                "a\u001b[2J",
                "a\u202etxt.exe",
                "a\u200b",
                "e\u0301",
                "a\u00a0b",
                "\ufeffa",
                "\u2028",
                "\ud800",
                "a\u0007",
                "\u3164"
            })
    void refusesFileNamesThatMisleadOrEscape(String name) {
        assertThrows(MalformedException.class, () -> FileName.parse(name, "it"));
        assertThrows(IllegalArgumentException.class, () -> new FileName(name));
    }

    @Test
    void boundsFileNamesInBytes() throws MalformedException {
        FileName.parse("a".repeat(200), "it");
        FileName.parse("é".repeat(100), "it");
        assertThrows(MalformedException.class, () -> FileName.parse("a".repeat(201), "it"));
        assertThrows(MalformedException.class, () -> FileName.parse("é".repeat(101), "it"));
    }

    @Test
    void aRosterKnowsPeopleAndRolesInOrder() {
        Roster roster = Samples.ROSTER;
        assertEquals(
                List.of(Samples.CARL, Samples.DANA, Samples.DAVE, Samples.RITA), roster.people());
        assertEquals(List.of(Role.DATA_PROVIDER, Role.RESULT_CONSUMER), roster.roles(Samples.DANA));
        assertEquals(List.of(), roster.roles(Samples.OLGA));
        assertTrue(roster.has(Samples.CARL, Role.CODE_PROVIDER));
        assertFalse(roster.has(Samples.CARL, Role.DATA_PROVIDER));
        var all = new Roster(Samples.CARL, List.of(Samples.CARL), List.of(Samples.CARL));
        assertEquals(List.of(Samples.CARL), all.people());
        assertEquals(List.of(Role.values()), all.roles(Samples.CARL));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Roster(Samples.CARL, List.of(), List.of(Samples.CARL)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Roster(Samples.CARL, List.of(Samples.DANA), List.of()));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new Roster(
                                Samples.CARL,
                                List.of(Samples.DANA, Samples.DANA),
                                List.of(Samples.RITA)));
        List<Email> crowd = new ArrayList<>();
        for (int i = 0; i < 65; i++) {
            crowd.add(new Email("p" + i + "@x"));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> new Roster(Samples.CARL, crowd, List.of(Samples.RITA)));
    }

    @Test
    void refusesToMakeTermsThatNobodyWouldRead() {
        Terms good = Samples.terms();
        assertEquals(1, Terms.defaults(Samples.NOW).runs());
        assertThrows(IllegalArgumentException.class, () -> runs(good, 0, true));
        assertThrows(IllegalArgumentException.class, () -> runs(good, 1_000_001, true));
        assertThrows(IllegalArgumentException.class, () -> runs(good, 2, false));
        assertThrows(
                IllegalArgumentException.class,
                () -> good.toBuilder().runs(1).notAfter(good.notAfter().plusNanos(1)).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> readers(good, List.of(Samples.DANA, Samples.CARL)));
        assertThrows(
                IllegalArgumentException.class,
                () -> readers(good, Collections.nCopies(65, Samples.DANA)));
        assertThrows(
                IllegalArgumentException.class,
                () -> Terms.defaults(Instant.ofEpochSecond(253_402_300_799L)));
    }

    private static Terms runs(Terms t, long runs, boolean dataMayChange) {
        return t.toBuilder().runs(runs).dataMayChange(dataMayChange).build();
    }

    /// The bounds of terms.md, when terms are made.
    @ParameterizedTest
    @CsvSource({
        "cores, 0",
        "cores, 1025",
        "cpuSeconds, 0",
        "cpuSeconds, 31536001",
        "memoryBytes, 67108863",
        "memoryBytes, 17592186044417",
        "processes, 0",
        "processes, 4097",
        "wallSeconds, 0",
        "wallSeconds, 31536001",
        "outputBytes, 1023",
        "outputBytes, 17592186044417"
    })
    void refusesToMakeTermsOutOfBounds(String entry, long value) {
        Terms t = Samples.terms();
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                t.toBuilder()
                                        .cores(entry.equals("cores") ? value : t.cores())
                                        .cpuSeconds(
                                                entry.equals("cpuSeconds") ? value : t.cpuSeconds())
                                        .memoryBytes(
                                                entry.equals("memoryBytes")
                                                        ? value
                                                        : t.memoryBytes())
                                        .processes(
                                                entry.equals("processes") ? value : t.processes())
                                        .wallSeconds(
                                                entry.equals("wallSeconds")
                                                        ? value
                                                        : t.wallSeconds())
                                        .outputBytes(
                                                entry.equals("outputBytes")
                                                        ? value
                                                        : t.outputBytes())
                                        .build());
        assertTrue(String.valueOf(refused.getMessage()).startsWith(entry + " is "));
    }

    /// What a person may read must be asked of both lists.
    @Test
    void refusesReadersWhoDoNotTakePartWhenAProposalIsMade() {
        Proposal good = Samples.proposal();
        List<Email> stranger = List.of(new Email("zoe@stranger.example"));
        for (Terms terms :
                List.of(
                        readers(good.terms(), stranger, List.of()),
                        readers(good.terms(), List.of(), stranger))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                            new Proposal(
                                    good.computation(),
                                    good.title(),
                                    good.owner(),
                                    good.ownerKey(),
                                    good.roster(),
                                    good.runtime(),
                                    good.measurements(),
                                    terms,
                                    good.issuedAt()));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> readers(good.terms(), List.of(), List.of(Samples.DANA, Samples.CARL)));
    }

    private static Terms readers(Terms t, List<Email> output, List<Email> traceback) {
        return t.toBuilder().outputReaders(output).tracebackReaders(traceback).build();
    }

    private static Terms readers(Terms t, List<Email> readers) {
        return t.toBuilder().outputReaders(readers).build();
    }

    @Test
    void refusesToMakeDocumentsThatNobodyWouldRead() {
        Proposal good = Samples.proposal();
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new Proposal(
                                good.computation(),
                                "",
                                good.owner(),
                                good.ownerKey(),
                                good.roster(),
                                good.runtime(),
                                good.measurements(),
                                good.terms(),
                                good.issuedAt()));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new Proposal(
                                good.computation(),
                                "t",
                                good.owner(),
                                good.ownerKey(),
                                good.roster(),
                                good.runtime(),
                                List.of("simulated"),
                                good.terms(),
                                good.issuedAt()));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new Proposal(
                                good.computation(),
                                "t",
                                good.owner(),
                                good.ownerKey(),
                                new Roster(
                                        Samples.RITA, List.of(Samples.RITA), List.of(Samples.RITA)),
                                good.runtime(),
                                List.of(),
                                good.terms(),
                                good.issuedAt()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new RuntimeRef("BASE".toLowerCase(Locale.ROOT) + "/", Samples.digest("x")));
        InputList list = Samples.inputList();
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new InputList(
                                list.agreement(),
                                list.identity(),
                                list.signer(),
                                1,
                                Samples.bytes("x", 15),
                                list.files(),
                                list.issuedAt()));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new InputList(
                                list.agreement(),
                                list.identity(),
                                list.signer(),
                                1,
                                list.salt(),
                                List.of(),
                                list.issuedAt()));
    }
}
