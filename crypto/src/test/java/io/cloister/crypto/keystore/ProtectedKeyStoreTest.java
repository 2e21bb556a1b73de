package io.cloister.crypto.keystore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Passphrase;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.keystore.KeyStoreException.Kind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// A key store under a passphrase, and somebody who can write to its folder: in a shared home, a
/// synchronised folder, or a copy that comes back.
final class ProtectedKeyStoreTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String NOT_WRITTEN_HERE = "not a record that this key store wrote here";

    @TempDir Path temporary;
    private Path folder;
    private KeyStore store;

    @BeforeEach
    void makeAStoreWithRecords() throws Exception {
        folder = temporary.resolve("keys");
        store = KeyStore.create(folder, passphrase("correct horse"));
        store.keysOrNew(name(1), RANDOM);
        store.documents(name(1)).put("membership", Bytes.utf8("granted once"));
        store.documents(name(2)).put("membership", Bytes.utf8("of another"));
        store.settings().put("login", Bytes.utf8("token"));
        assertEquals(Optional.of(Bytes.utf8("granted once")), membership(open()));
    }

    private KeyStore open() throws IOException {
        return KeyStore.openProtected(folder, () -> passphrase("correct horse"));
    }

    private static Optional<Bytes> membership(KeyStore store) throws IOException {
        return store.documents(name(1)).get("membership");
    }

    private Path file(StorePath place) {
        return place.in(folder.resolve("sealed"));
    }

    private static StorePath membershipOf(int number) {
        return new StorePath(StorePath.folder(name(number)) + "/documents/membership");
    }

    private static StoredRecord read(Path file) throws Exception {
        return StoredRecord.parse(Files.readAllBytes(file), "record");
    }

    private static void plant(Path file, StoredRecord record) throws IOException {
        Files.write(file, record.toFile().toArray());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private Recipient recipient() throws Exception {
        return Recipient.parse(member(description(), "recipient"), "recipient");
    }

    private Path description() {
        return folder.resolve("sealed/store");
    }

    private static Map<String, Json> members(Path description) throws Exception {
        Json json =
                CanonicalJson.parse(
                        read(description).content().toArray(), JsonLimits.MESSAGE, "store");
        return new LinkedHashMap<>(((Json.Obj) json).members());
    }

    private static String member(Path description, String name) throws Exception {
        return ((Json.Str) members(description).getOrDefault(name, Json.of(""))).value();
    }

    @Test
    void asksForThePassphraseOnceAndOnlyToReadOrWrite() throws Exception {
        var asked = new AtomicInteger();
        var again =
                KeyStore.open(
                        folder,
                        () -> {
                            asked.incrementAndGet();
                            return passphrase("correct horse");
                        });
        assertEquals(List.of(name(1), name(2)), again.list());
        assertEquals(0, asked.get());
        again.settings().put("login", Bytes.utf8("another"));
        assertEquals(1, asked.get());
        assertEquals(Optional.of(Bytes.utf8("another")), again.settings().get("login"));
        assertEquals(1, asked.get());
    }

    @Test
    void refusesAnotherRecipientThanItsOwnKeys() throws Exception {
        Map<String, Json> members = members(description());
        members.put("recipient", Json.of(Identity.generate(RANDOM).recipient().text().value()));
        plant(
                description(),
                StoredRecord.clear(Bytes.copyOf(CanonicalJson.write(new Json.Obj(members)))));

        String message = refuses(Kind.DAMAGED, () -> membership(open()));
        assertTrue(message.contains("names another recipient than its own key's"), message);
        // Nothing new is sealed to the stranger either.
        refuses(Kind.DAMAGED, () -> open().keysOrNew(name(3), RANDOM));
        assertFalse(Files.exists(file(StorePath.keysOf(name(3)))));
    }

    @Test
    void refusesAClearRecord() throws Exception {
        plant(file(membershipOf(1)), StoredRecord.clear(Bytes.utf8("granted never")));

        String message = refuses(Kind.DAMAGED, () -> membership(open()));
        assertTrue(message.contains("clear, in a key store under a passphrase"), message);
    }

    /// Anybody can seal to the recipient that is written in the store.
    @Test
    void refusesARecordThatSomebodySealedWithoutThePassphrase() throws Exception {
        Bytes sealed =
                Sealing.to(List.of(recipient()))
                        .file("granted never".getBytes(StandardCharsets.US_ASCII));
        Bytes guess = read(file(membershipOf(1))).tag().orElseThrow();
        plant(file(membershipOf(1)), new StoredRecord(sealed, Optional.of(guess)));

        String message = refuses(Kind.DAMAGED, () -> membership(open()));
        assertTrue(message.contains(NOT_WRITTEN_HERE), message);
    }

    @Test
    void refusesARecordWithOneChangedByteWhoseLineWasMadeToFit() throws Exception {
        StoredRecord honest = read(file(membershipOf(1)));
        byte[] content = honest.content().toArray();
        content[content.length - 1] ^= 1;
        plant(file(membershipOf(1)), new StoredRecord(Bytes.copyOf(content), honest.tag()));

        assertTrue(refuses(Kind.DAMAGED, () -> membership(open())).contains(NOT_WRITTEN_HERE));
    }

    @Test
    void refusesEveryChangedBitOfATag() throws Exception {
        StoredRecord honest = read(file(membershipOf(1)));
        KeyStore again = open();
        for (int i = 0; i < StoredRecord.TAG_LENGTH; i++) {
            byte[] tag = honest.tag().orElseThrow().toArray();
            tag[i] ^= 1;
            plant(
                    file(membershipOf(1)),
                    new StoredRecord(honest.content(), Optional.of(Bytes.copyOf(tag))));
            refuses(Kind.DAMAGED, () -> membership(again));
        }
    }

    @Test
    void refusesARecordMovedToAnotherComputationOrName() throws Exception {
        StoredRecord other = read(file(membershipOf(2)));
        plant(file(membershipOf(1)), other);
        assertTrue(refuses(Kind.DAMAGED, () -> membership(open())).contains(NOT_WRITTEN_HERE));

        plant(file(new StorePath("settings/login")), other);
        assertTrue(
                refuses(Kind.DAMAGED, () -> open().settings().get("login"))
                        .contains(NOT_WRITTEN_HERE));
    }

    @Test
    void refusesKeysOfAnotherStoreUnderTheSamePassphrase() throws Exception {
        var other = KeyStore.create(temporary.resolve("other"), passphrase("correct horse"));
        other.keysOrNew(name(1), RANDOM);
        plant(file(StorePath.keysOf(name(1))), read(StorePath.keysOf(name(1)).in(other.records())));

        assertTrue(refuses(Kind.DAMAGED, () -> open().keys(name(1))).contains(NOT_WRITTEN_HERE));
    }

    @Test
    void aClearStoreBesideItIsNotTakenForItAndIsNamed() throws Exception {
        Path planted = temporary.resolve("planted");
        KeyStore.create(planted).documents(name(1)).put("membership", Bytes.utf8("planted"));
        Files.move(planted.resolve("store"), folder.resolve("store"));
        Files.move(planted.resolve("computations"), folder.resolve("computations"));

        String message = refuses(Kind.DAMAGED, () -> membership(open()));
        assertTrue(message.contains(folder.resolve("sealed").toString()), message);
        assertTrue(message.contains(folder.resolve("computations").toString()), message);
        assertTrue(Files.exists(folder.resolve("computations")));

        StoreFiles.removeAll(folder.resolve("computations"));
        assertEquals(Optional.of(Bytes.utf8("granted once")), membership(open()));
        assertFalse(Files.exists(folder.resolve("store")));
    }

    /// By a tool that synchronises folders, half a restore, or somebody's hand.
    @Test
    void aStoreUnderAPassphraseThatAppearsInAClearOneCostsNoKey() throws Exception {
        Path place = temporary.resolve("clear");
        String signer = filled(place).keys(name(1)).orElseThrow().toString();
        Files.move(folder.resolve("sealed"), place.resolve("sealed"));

        KeyStore.open(place, PassphraseSource.none()).list();
        var guessed = KeyStore.open(place, () -> passphrase("guess"));
        String message = refuses(Kind.PASSPHRASE, guessed::unlock);
        assertTrue(message.contains("has two key stores"), message);
        // Its passphrase shows only that it is somebody's.
        var opened = KeyStore.open(place, () -> passphrase("correct horse"));
        refuses(Kind.DAMAGED, opened::unlock);
        refuses(Kind.DAMAGED, () -> opened.keys(name(1)));
        refuses(Kind.DAMAGED, () -> opened.settings().put("login", Bytes.utf8("x")));
        refuses(Kind.DAMAGED, opened::hold);
        refuses(Kind.DAMAGED, () -> opened.protect(passphrase("mine")));

        StoreFiles.removeAll(place.resolve("sealed"));
        var clear = KeyStore.open(place, PassphraseSource.none());
        assertEquals(signer, clear.keys(name(1)).orElseThrow().toString());
        assertEquals(Optional.of(Bytes.utf8("token")), clear.settings().get("login"));
    }

    @Test
    void keepsAClearRecordOfWhichOneByteDiffersOrThatIsNoRecord() throws Exception {
        Path place = temporary.resolve("clear");
        filled(place);
        Path copy = copy(place);
        KeyStore.open(place, PassphraseSource.none()).protect(passphrase("new"));
        Files.move(copy.resolve("computations"), place.resolve("computations"));
        Path document = membershipOf(1).in(place);
        StoredRecord honest = read(document);
        plant(document, StoredRecord.clear(Bytes.utf8("granted ance")));
        refuses(Kind.DAMAGED, () -> KeyStore.open(place, () -> passphrase("new")).unlock());
        plant(document, honest);
        Path stray = document.resolveSibling("membership (copy)");
        plant(stray, honest);
        refuses(Kind.DAMAGED, () -> KeyStore.open(place, () -> passphrase("new")).unlock());
        assertTrue(Files.exists(StorePath.keysOf(name(1)).in(place)));

        Files.delete(stray);
        KeyStore.open(place, () -> passphrase("new")).unlock();
        assertFalse(Files.exists(place.resolve("computations")));
    }

    @Test
    void refusesAClearStoreInItsPlaceWhereAPassphraseIsGiven() throws Exception {
        StoreFiles.removeAll(folder);
        KeyStore.create(folder).documents(name(1)).put("membership", Bytes.utf8("planted"));
        assertEquals(
                Optional.of(Bytes.utf8("planted")),
                membership(KeyStore.open(folder, PassphraseSource.none())));

        String message = refuses(Kind.UNPROTECTED, this::open);
        assertTrue(message.contains("not under a passphrase, and one was expected"), message);
    }

    @Test
    void refusesAStoreWithoutItsDescription() throws Exception {
        Files.delete(description());

        refuses(Kind.DAMAGED, this::open);
        refuses(Kind.PLACE, () -> KeyStore.create(folder));
        refuses(Kind.PLACE, () -> KeyStore.create(folder, passphrase("mine")));
    }

    @Test
    void refusesTheDescriptionOfAClearStoreInItsPlace() throws Exception {
        Path clear = temporary.resolve("clear");
        KeyStore.create(clear);
        plant(description(), read(clear.resolve("store")));

        refuses(Kind.DAMAGED, this::open);
    }

    /// The limit, as SECURITY.md says it.
    @Test
    void doesNotNoticeThatARecordIsMissingOrOlder() throws Exception {
        StoredRecord older = read(file(membershipOf(1)));
        store.documents(name(1)).put("membership", Bytes.utf8("granted twice"));
        plant(file(membershipOf(1)), older);
        assertEquals(Optional.of(Bytes.utf8("granted once")), membership(open()));

        Files.delete(file(membershipOf(1)));
        assertEquals(Optional.empty(), membership(open()));
    }

    @Test
    void changesThePassphraseAndKeepsEverything() throws Exception {
        String signer = store.keys(name(1)).orElseThrow().toString();
        KeyStore changed = open().protect(passphrase("battery staple"));
        assertEquals(signer, changed.keys(name(1)).orElseThrow().toString());

        var again = KeyStore.open(folder, () -> passphrase("battery staple"));
        assertEquals(signer, again.keys(name(1)).orElseThrow().toString());
        assertEquals(Optional.of(Bytes.utf8("token")), again.settings().get("login"));
        refuses(Kind.PASSPHRASE, () -> membership(open()));
        // Whoever had it open goes on: what the passphrase opens is the same.
        store.settings().put("login", Bytes.utf8("later"));
        assertEquals(Optional.of(Bytes.utf8("later")), again.settings().get("login"));
    }

    @Test
    void changesNothingWithoutThePassphraseUntilNow() throws Exception {
        byte[] before = Files.readAllBytes(description());
        var stranger = KeyStore.open(folder, () -> passphrase("guess"));

        refuses(Kind.PASSPHRASE, () -> stranger.protect(passphrase("mine")));
        assertEquals(Bytes.copyOf(before), Bytes.copyOf(Files.readAllBytes(description())));
    }

    @Test
    void getsAPassphraseAndLeavesNothingClear() throws Exception {
        Path place = temporary.resolve("clear");
        KeyStore clear = filled(place);
        String signer = clear.keys(name(1)).orElseThrow().toString();
        assertSomewhere(place, "AGE-SECRET-KEY");

        KeyStore kept = clear.protect(passphrase("new"));

        assertTrue(kept.isProtected());
        assertNowhere(place, "AGE-SECRET-KEY");
        assertNowhere(place, "granted once");
        var again = KeyStore.openProtected(place, () -> passphrase("new"));
        assertEquals(signer, again.keys(name(1)).orElseThrow().toString());
        assertEquals(Optional.of(Bytes.utf8("granted once")), membership(again));
        assertEquals(Optional.of(Bytes.utf8("token")), again.settings().get("login"));
        assertEquals(List.of(name(1)), again.list());
    }

    /// As a process that has the store open while another one adds the passphrase.
    @Test
    void refusesToWriteClearBesideAPassphraseThatWasAddedMeanwhile() throws Exception {
        KeyStore late = filled(temporary.resolve("late"));
        KeyStore early = KeyStore.open(late.folder(), PassphraseSource.none());
        late.protect(passphrase("new"));

        String message =
                refuses(Kind.CONFLICT, () -> early.settings().put("login", Bytes.utf8("x")));
        assertTrue(message.contains("put under a passphrase in the meantime"), message);
        refuses(Kind.CONFLICT, () -> early.keysOrNew(name(1), RANDOM));
        refuses(Kind.CONFLICT, () -> early.protect(passphrase("mine")));
        assertFalse(Files.exists(late.folder().resolve("settings")));
    }

    @Test
    void isClearStillIfACrashCameBeforeThePassphraseHeld() throws Exception {
        Path place = temporary.resolve("clear");
        filled(place);
        StoreFiles.makeFolder(place.resolve(".tmp-sealed"));
        plant(place.resolve(".tmp-sealed/store"), StoredRecord.clear(Bytes.utf8("half")));

        var again = KeyStore.open(place, PassphraseSource.none());
        assertEquals(Optional.of(Bytes.utf8("granted once")), membership(again));
        assertEquals(
                Optional.of(Bytes.utf8("granted once")),
                membership(again.protect(passphrase("new"))));
        assertFalse(Files.exists(place.resolve(".tmp-sealed")));
    }

    @Test
    void removesWhatWasClearIfACrashCameRightAfterThePassphraseHeld() throws Exception {
        Path place = temporary.resolve("clear");
        filled(place);
        Path copy = copy(place);
        KeyStore.open(place, PassphraseSource.none()).protect(passphrase("new"));
        for (String left : List.of("store", "computations", "settings")) {
            Files.move(copy.resolve(left), place.resolve(left));
        }
        assertSomewhere(place, "AGE-SECRET-KEY");

        KeyStore.openProtected(place, () -> passphrase("new")).unlock();
        assertNowhere(place, "AGE-SECRET-KEY");
        assertEquals(
                List.of("lock", "sealed"),
                StoreFiles.list(place).stream().filter(it -> !it.startsWith(".")).toList());
    }

    private static KeyStore filled(Path place) throws Exception {
        KeyStore store = KeyStore.create(place);
        store.keysOrNew(name(1), RANDOM);
        store.documents(name(1)).put("membership", Bytes.utf8("granted once"));
        store.settings().put("login", Bytes.utf8("token"));
        return store;
    }

    private Path copy(Path place) throws IOException {
        Path copy = temporary.resolve("copy");
        try (Stream<Path> all = Files.walk(place)) {
            for (Path one : all.toList()) {
                Files.copy(
                        one,
                        copy.resolve(place.relativize(one)),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return copy;
    }

    private static boolean holds(Path place, String text) throws IOException {
        try (Stream<Path> all = Files.walk(place)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void assertSomewhere(Path place, String text) throws IOException {
        assertTrue(holds(place, text));
    }

    private static void assertNowhere(Path place, String text) throws IOException {
        assertFalse(holds(place, text));
    }

    private static KeyName name(int number) {
        byte[] id = new byte[ComputationId.LENGTH];
        id[0] = (byte) number;
        return new KeyName("https://cloister.example", new ComputationId(Bytes.copyOf(id)));
    }

    private static Passphrase passphrase(String text) {
        return Passphrase.of(text.toCharArray()).withWorkFactor(4);
    }

    private static String refuses(Kind kind, Executable what) {
        var e = assertThrows(KeyStoreException.class, what);
        assertEquals(kind, e.kind(), e.getMessage());
        return String.valueOf(e.getMessage());
    }
}
