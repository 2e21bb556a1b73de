package io.cloister.crypto.keystore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Passphrase;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.age.X25519Identity;
import io.cloister.crypto.keystore.KeyStoreException.Kind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

final class KeyStoreTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SOMEBODY_ELSE = 54_321;
    private static final String ADDRESS = "https://cloister.example:8443/lab";

    @TempDir Path temporary;
    private Path folder;

    @BeforeEach
    void chooseFolder() {
        folder = temporary.resolve("keys");
    }

    @Test
    void givesTheSameKeysAgain() throws Exception {
        var name = name(ADDRESS, 1);
        ParticipantKeys made = KeyStore.create(folder).keysOrNew(name, RANDOM);

        assertSame(made, open().keys(name).orElseThrow());
        assertSame(made, open().keysOrNew(name, RANDOM));
    }

    @Test
    void looksKeysUpByServerAndComputation() throws Exception {
        var store = KeyStore.create(folder);
        store.keysOrNew(name(ADDRESS, 1), RANDOM);

        assertEquals(Optional.empty(), store.keys(name(ADDRESS, 2)));
        assertEquals(Optional.empty(), store.keys(name("https://cloister.example:8443/", 1)));
        assertEquals(Optional.empty(), store.keys(name("http://cloister.example:8443/lab", 1)));
    }

    @Test
    void takesSpellingsOfOneAddressForTheSame() throws Exception {
        assertEquals(name("https://cloister.example/", 1), name("HTTPS://Cloister.Example:443", 1));
        assertEquals(name("http://[::1]:80", 1), name("http://[::1]/", 1));
    }

    @Test
    void refusesAddressesThatNameNoServer() {
        for (String address :
                List.of(
                        "",
                        "ftp://a",
                        "https://",
                        "https://u:p@a",
                        "https://a?q",
                        "https://a#f",
                        "a b")) {
            assertThrows(MalformedException.class, () -> KeyName.of(address, id(1)), address);
        }
    }

    @Test
    void keepsAnIdentityThatSomebodyBrings() throws Exception {
        var keys =
                new ParticipantKeys(
                        SigningKey.generate(RANDOM),
                        X25519Identity.generate(RANDOM),
                        Identity.generate(RANDOM));
        KeyStore.create(folder).add(name(ADDRESS, 1), keys);

        assertSame(keys, open().keys(name(ADDRESS, 1)).orElseThrow());
        refuses(
                Kind.CONFLICT,
                () -> open().add(name(ADDRESS, 1), ParticipantKeys.generate(RANDOM)));
    }

    @Test
    void listsEveryComputation() throws Exception {
        var store = KeyStore.create(folder);
        store.keysOrNew(name(ADDRESS, 2), RANDOM);
        store.keysOrNew(name(ADDRESS, 1), RANDOM);
        store.documents(name(ADDRESS, 3)).put("invitations", Bytes.utf8("x"));

        assertEquals(List.of(name(ADDRESS, 1), name(ADDRESS, 2), name(ADDRESS, 3)), open().list());
    }

    @Test
    void keepsDocumentsByComputation() throws Exception {
        var store = KeyStore.create(folder);
        store.documents(name(ADDRESS, 1)).put("agreement", Bytes.utf8("one"));
        store.documents(name(ADDRESS, 2)).put("agreement", Bytes.utf8("two"));
        store.settings().put("login", Bytes.utf8("three"));
        store.documents(name(ADDRESS, 1)).put("agreement", Bytes.utf8("four"));

        var again = open();
        assertEquals(
                Optional.of(Bytes.utf8("four")),
                again.documents(name(ADDRESS, 1)).get("agreement"));
        assertEquals(
                Optional.of(Bytes.utf8("two")), again.documents(name(ADDRESS, 2)).get("agreement"));
        assertEquals(Optional.of(Bytes.utf8("three")), again.settings().get("login"));
        assertEquals(List.of("agreement"), again.documents(name(ADDRESS, 1)).names());
        assertEquals(List.of(), again.documents(name(ADDRESS, 9)).names());
    }

    @Test
    void putsOnlyOnceWhereOnceIsAsked() throws Exception {
        var documents = KeyStore.create(folder).documents(name(ADDRESS, 1));

        assertTrue(documents.putIfAbsent("run-1", Bytes.utf8("first")));
        assertFalse(documents.putIfAbsent("run-1", Bytes.utf8("second")));
        assertEquals(Optional.of(Bytes.utf8("first")), documents.get("run-1"));
        assertTrue(documents.remove("run-1"));
        assertFalse(documents.remove("run-1"));
    }

    @Test
    void refusesDocumentNamesThatLeaveTheFolder() throws Exception {
        var documents = KeyStore.create(folder).documents(name(ADDRESS, 1));

        for (String bad : List.of("", "..", "../x", "a/b", ".hidden", "A", "ü", "x".repeat(129))) {
            assertThrows(
                    IllegalArgumentException.class, () -> documents.put(bad, Bytes.utf8("")), bad);
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> documents.put("big", Bytes.copyOf(new byte[(16 << 20) + 1])));
    }

    @Test
    void readsNothingWithoutThePassphrase() throws Exception {
        var store = KeyStore.create(folder, passphrase("correct horse"));
        store.keysOrNew(name(ADDRESS, 1), RANDOM);
        store.documents(name(ADDRESS, 1)).put("grant", Bytes.utf8("granted"));

        refuses(
                Kind.PASSPHRASE,
                () -> KeyStore.open(folder, () -> passphrase("wrong")).keys(name(ADDRESS, 1)));
        assertThrows(
                IOException.class,
                () -> KeyStore.open(folder, PassphraseSource.none()).keys(name(ADDRESS, 1)));
        assertEquals(
                List.of(name(ADDRESS, 1)), KeyStore.open(folder, PassphraseSource.none()).list());
        assertTrue(store.isProtected());
        assertNowhere(folder, "granted");
    }

    @Test
    void makesPrivateFoldersAndFilesWhateverTheUmask() throws Exception {
        var store = KeyStore.create(folder);
        store.keysOrNew(name(ADDRESS, 1), RANDOM);
        store.documents(name(ADDRESS, 1)).put("agreement", Bytes.utf8("x"));
        store.settings().put("login", Bytes.utf8("y"));

        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.toList()) {
                assertEquals(
                        Files.isDirectory(path) ? "rwx------" : "rw-------",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(path)),
                        path.toString());
            }
        }
    }

    @Test
    void refusesAFolderOpenToOthers() throws Exception {
        KeyStore.create(folder);
        chmod(folder, "rwxr-x---");

        assertTrue(refuses(Kind.EXPOSED, this::open).contains("chmod 700"));
    }

    @Test
    void refusesKeysOpenToOthers() throws Exception {
        KeyStore.create(folder).keysOrNew(name(ADDRESS, 1), RANDOM);
        chmod(keysFile(), "rw-r-----");

        assertTrue(
                refuses(Kind.EXPOSED, () -> open().keys(name(ADDRESS, 1))).contains("chmod 600"));
    }

    @Test
    void refusesAnExistingFolderOpenToOthersForANewStore() throws Exception {
        Files.createDirectory(folder);
        chmod(folder, "rwxr-xr-x");

        refuses(Kind.EXPOSED, () -> KeyStore.create(folder));
    }

    @Test
    void refusesAFolderThatIsALink() throws Exception {
        KeyStore.create(temporary.resolve("elsewhere"));
        Files.createSymbolicLink(folder, temporary.resolve("elsewhere"));

        refuses(Kind.EXPOSED, this::open);
        refuses(Kind.EXPOSED, () -> KeyStore.create(folder));
    }

    @Test
    void refusesKeysThatAreALink() throws Exception {
        KeyStore.create(folder).keysOrNew(name(ADDRESS, 1), RANDOM);
        Path keys = keysFile();
        Files.move(keys, temporary.resolve("moved"));
        Files.createSymbolicLink(keys, temporary.resolve("moved"));

        refuses(Kind.EXPOSED, () -> open().keys(name(ADDRESS, 1)));
    }

    @Test
    void refusesALockThatIsALink() throws Exception {
        KeyStore.create(folder);
        Files.delete(folder.resolve("lock"));
        Files.createSymbolicLink(folder.resolve("lock"), temporary.resolve("victim"));

        refuses(Kind.EXPOSED, () -> open().settings().put("login", Bytes.utf8("x")));
        assertFalse(Files.exists(temporary.resolve("victim")));
    }

    @Test
    void refusesALockOfChangesThatIsALink() throws Exception {
        var store = KeyStore.create(folder);
        store.hold().close();
        Files.delete(folder.resolve("client-lock"));
        Files.createSymbolicLink(folder.resolve("client-lock"), temporary.resolve("victim"));

        assertTrue(refuses(Kind.EXPOSED, store::hold).contains("is a symbolic link"));
        assertFalse(Files.exists(temporary.resolve("victim")));
    }

    @Test
    void refusesAFolderForTemporaryFilesThatIsALink() throws Exception {
        var store = KeyStore.create(folder);
        Path own = store.temporary();
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(own)));
        Files.delete(own);
        Files.createSymbolicLink(own, Files.createDirectory(temporary.resolve("elsewhere")));

        assertTrue(refuses(Kind.EXPOSED, store::temporary).contains("is a symbolic link"));
    }

    @Test
    void refusesAFolderForTemporaryFilesOpenToOthers() throws Exception {
        var store = KeyStore.create(folder);
        chmod(store.temporary(), "rwxrwxrwx");

        assertTrue(refuses(Kind.EXPOSED, store::temporary).contains("is open to others"));
    }

    /// As when root runs the client in a folder that another user prepared, private to that user.
    @Test
    void refusesAFolderOfAnotherUserEvenIfNobodyElseCanEnterIt() throws Exception {
        KeyStore.create(folder);
        open();
        giveAway(folder);

        String message = refuses(Kind.EXPOSED, this::open);
        assertTrue(message.contains("belongs to user " + SOMEBODY_ELSE), message);
        refuses(Kind.EXPOSED, () -> KeyStore.create(folder));
    }

    @Test
    void refusesKeysOfAnotherUser() throws Exception {
        KeyStore.create(folder).keysOrNew(name(ADDRESS, 1), RANDOM);
        giveAway(keysFile());

        String message = refuses(Kind.EXPOSED, () -> open().keys(name(ADDRESS, 1)));
        assertTrue(message.contains("belongs to user " + SOMEBODY_ELSE), message);
    }

    @Test
    void refusesAFolderForTemporaryFilesOfAnotherUser() throws Exception {
        var store = KeyStore.create(folder);
        giveAway(store.temporary());

        refuses(Kind.EXPOSED, store::temporary);
    }

    @Test
    void refusesAFileSystemThatDoesNotTellWhoseAFileIs() throws Exception {
        Path zip = temporary.resolve("no-owners.zip");
        var settings = Map.of("create", "true", "enablePosixFileAttributes", "true");
        try (var system = FileSystems.newFileSystem(zip, settings)) {
            Path inside = system.getPath("/keys");
            Files.createDirectory(inside);
            chmod(inside, "rwx------");

            String message = refuses(Kind.EXPOSED, () -> StoreFiles.requireFolder(inside));
            assertTrue(message.contains("does not tell whose file it is"), message);
        }
    }

    /// Only root can.
    private static void giveAway(Path path) throws IOException {
        assumeTrue(
                OwnUser.number().orElseThrow() == 0,
                "only root can give a file to another user: not tested");
        Files.setAttribute(path, "unix:uid", SOMEBODY_ELSE, LinkOption.NOFOLLOW_LINKS);
    }

    @Test
    void refusesPlacesWithoutOrWithAStore() throws Exception {
        refuses(Kind.PLACE, this::open);
        KeyStore.create(folder);
        refuses(Kind.PLACE, () -> KeyStore.create(folder));
        assertTrue(KeyStore.exists(folder));
        assertFalse(KeyStore.exists(temporary));
    }

    @Test
    void noticesKeysCutAnywhereAndLosesNothing() throws Exception {
        KeyStore.create(folder).keysOrNew(name(ADDRESS, 1), RANDOM);
        byte[] whole = Files.readAllBytes(keysFile());

        for (int length = 0; length < whole.length; length += 7) {
            Files.write(keysFile(), Arrays.copyOf(whole, length));
            refuses(Kind.DAMAGED, () -> open().keys(name(ADDRESS, 1)));
            refuses(Kind.DAMAGED, () -> open().keysOrNew(name(ADDRESS, 1), RANDOM));
            assertEquals(length, Files.size(keysFile()));
        }
    }

    @Test
    void noticesEveryChangedByteOfTheKeys() throws Exception {
        KeyStore.create(folder).keysOrNew(name(ADDRESS, 1), RANDOM);
        byte[] whole = Files.readAllBytes(keysFile());

        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= 1;
            Files.write(keysFile(), changed);
            refuses(Kind.DAMAGED, () -> open().keys(name(ADDRESS, 1)));
        }
    }

    @Test
    void refusesKeysMovedToAnotherComputation() throws Exception {
        var store = KeyStore.create(folder);
        store.keysOrNew(name(ADDRESS, 1), RANDOM);
        store.documents(name(ADDRESS, 2)).put("x", Bytes.utf8(""));
        Path other = StorePath.keysOf(name(ADDRESS, 2)).in(folder);
        Files.copy(keysFile(), other);
        chmod(other, "rw-------");

        refuses(Kind.DAMAGED, () -> store.keys(name(ADDRESS, 2)));
    }

    @Test
    void saysNothingSecretAboutDamagedKeys() throws Exception {
        var store = KeyStore.create(folder);
        ParticipantKeys keys = store.keysOrNew(name(ADDRESS, 1), RANDOM);
        String secret = text(keys.receive().text(SecretExposure.acknowledged()));
        // Well framed, but with one letter of the identity doubled.
        Bytes content = StoredRecord.parse(Files.readAllBytes(keysFile()), "keys").content();
        String wrong =
                new String(content.toArray(), StandardCharsets.UTF_8).replace(secret, secret + "Q");
        write(keysFile(), StoredRecord.clear(Bytes.utf8(wrong)).toFile());

        var e = assertThrows(KeyStoreException.class, () -> store.keys(name(ADDRESS, 1)));
        assertFalse(String.valueOf(e.getMessage()).contains("AGE-SECRET"));
        assertEquals(null, e.getCause());
        assertFalse(keys.toString().contains("AGE-SECRET"));
    }

    @Test
    void refusesADamagedStoreDescription() throws Exception {
        KeyStore.create(folder);
        Files.write(folder.resolve("store"), new byte[] {0}, StandardOpenOption.APPEND);

        refuses(Kind.DAMAGED, this::open);
    }

    @Test
    void refusesAStoreOfAnotherVersion() throws Exception {
        KeyStore.create(folder);
        write(
                folder.resolve("store"),
                StoredRecord.clear(Bytes.utf8("{\"type\":\"cloister/keystore/v2\"}")).toFile());

        refuses(Kind.DAMAGED, this::open);
    }

    @Test
    void ignoresWhatACrashLeftBehind() throws Exception {
        var store = KeyStore.create(folder);
        store.settings().put("login", Bytes.utf8("x"));
        Files.writeString(folder.resolve("settings/.tmp-123"), "half");
        Path unfinished = folder.resolve(StorePath.folder(name(ADDRESS, 5)));
        StoreFiles.makeFolder(folder.resolve("computations"));
        StoreFiles.makeFolder(unfinished);

        assertEquals(List.of("login"), store.settings().names());
        assertEquals(List.of(), store.list());
        store.keysOrNew(name(ADDRESS, 5), RANDOM);
        assertEquals(List.of(name(ADDRESS, 5)), store.list());
    }

    @Test
    void manyThreadsMakeOneSetOfKeys() throws Exception {
        KeyStore.create(folder);
        List<Callable<ParticipantKeys>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            tasks.add(() -> open().keysOrNew(name(ADDRESS, 1), RANDOM));
        }
        Set<String> signers = new HashSet<>();
        try (var pool = Executors.newFixedThreadPool(8)) {
            for (var made : pool.invokeAll(tasks)) {
                signers.add(made.get().signing().publicKey().toString());
            }
        }
        assertEquals(1, signers.size());
    }

    @Test
    void refusesToWriteWhileAnotherDoesNotFinish() throws Exception {
        KeyStore.create(folder);
        Path lock = folder.resolve("lock");
        try (var _ = StoreLock.acquire(lock, Duration.ZERO)) {
            refuses(Kind.BUSY, () -> StoreLock.acquire(lock, Duration.ofMillis(20)));
        }
        StoreLock.acquire(lock, Duration.ZERO).close();
    }

    @Test
    void backsUpAndRestoresEverything() throws Exception {
        var store = KeyStore.create(folder);
        ParticipantKeys keys = store.keysOrNew(name(ADDRESS, 1), RANDOM);
        store.documents(name(ADDRESS, 1)).put("agreement", Bytes.utf8("agreed"));
        store.documents(name(ADDRESS, 1)).put("name", Bytes.utf8("a document called name"));
        store.settings().put("login", Bytes.utf8("token"));
        Path file = temporary.resolve("backup.age");
        assertEquals(5, store.backup(file, Sealing.under(passphrase("b"))));
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertNowhere(file, "agreed");

        for (boolean isProtected : new boolean[] {false, true}) {
            Path place = temporary.resolve("restored-" + isProtected);
            var restored =
                    isProtected
                            ? KeyStore.create(place, passphrase("other"))
                            : KeyStore.create(place);
            assertEquals(5, restored.restore(file, Opening.with(passphrase("b"))));
            assertEquals(0, restored.restore(file, Opening.with(passphrase("b"))));

            assertEquals(List.of(name(ADDRESS, 1)), restored.list());
            assertSame(keys, restored.keys(name(ADDRESS, 1)).orElseThrow());
            assertEquals(
                    Optional.of(Bytes.utf8("agreed")),
                    restored.documents(name(ADDRESS, 1)).get("agreement"));
            assertEquals(Optional.of(Bytes.utf8("token")), restored.settings().get("login"));
        }
    }

    @Test
    void backsUpToAnIdentityToo() throws Exception {
        var identity = Identity.generate(RANDOM);
        var store = KeyStore.create(folder, passphrase("pw"));
        store.settings().put("login", Bytes.utf8("token"));
        Path file = temporary.resolve("backup.age");
        store.backup(file, Sealing.to(List.of(identity.recipient())));

        var restored = KeyStore.create(temporary.resolve("other"));
        restored.restore(file, Opening.with(identity));
        assertEquals(Optional.of(Bytes.utf8("token")), restored.settings().get("login"));
        refuses(Kind.BACKUP, () -> restored.restore(file, Opening.with(Identity.generate(RANDOM))));
    }

    @Test
    void restoresNothingWhereAnythingDiffers() throws Exception {
        var store = KeyStore.create(folder);
        store.settings().put("a", Bytes.utf8("1"));
        store.settings().put("b", Bytes.utf8("2"));
        Path file = temporary.resolve("backup.age");
        store.backup(file, Sealing.under(passphrase("b")));

        var other = KeyStore.create(temporary.resolve("other"));
        other.settings().put("b", Bytes.utf8("mine"));
        String message =
                refuses(Kind.CONFLICT, () -> other.restore(file, Opening.with(passphrase("b"))));

        assertTrue(message.contains("settings/b"), message);
        assertEquals(List.of("b"), other.settings().names());
        assertEquals(Optional.of(Bytes.utf8("mine")), other.settings().get("b"));
    }

    @Test
    void refusesABackupOverAFile() throws Exception {
        var store = KeyStore.create(folder);
        Path file = Files.writeString(temporary.resolve("backup.age"), "precious");

        refuses(Kind.CONFLICT, () -> store.backup(file, Sealing.under(passphrase("b"))));
        assertEquals("precious", Files.readString(file));
    }

    @Test
    void refusesADamagedBackup() throws Exception {
        var store = KeyStore.create(folder);
        store.settings().put("a", Bytes.utf8("1"));
        Path file = temporary.resolve("backup.age");
        store.backup(file, Sealing.under(passphrase("b")));
        byte[] whole = Files.readAllBytes(file);
        whole[whole.length - 1] ^= 1;
        Files.write(file, whole);

        refuses(Kind.BACKUP, () -> store.restore(file, Opening.with(passphrase("b"))));
    }

    @Test
    void refusesABackupThatNamesOtherPlaces() throws Exception {
        for (String path :
                List.of(
                        "store",
                        "lock",
                        "settings/../store",
                        "settings/a/b",
                        "/settings/a",
                        "computations/x/keys",
                        // A computation's file without the name beside it.
                        "computations/" + "0".repeat(32) + "-" + "1".repeat(32) + "/keys")) {
            refusesBackup(
                    "{\"files\":[{\"content\":\"\",\"path\":\""
                            + path
                            + "\"}],"
                            + "\"type\":\"cloister/keystore-backup/v1\"}");
        }
        refusesBackup("{\"files\":[],\"type\":\"cloister/keystore-backup/v2\"}");
        refusesBackup("[]");
    }

    private void refusesBackup(String json) throws Exception {
        Path place = Files.createTempDirectory(temporary, "place");
        var store = KeyStore.create(place.resolve("store"));
        byte[] clear = json.getBytes(StandardCharsets.UTF_8);
        Path file =
                Files.write(
                        place.resolve("backup"),
                        Sealing.under(passphrase("b")).file(clear).toArray());
        refuses(Kind.BACKUP, () -> store.restore(file, Opening.with(passphrase("b"))));
        try (Stream<Path> files = Files.list(place.resolve("store"))) {
            assertEquals(
                    Set.of("lock", "store"),
                    Set.copyOf(files.map(f -> String.valueOf(f.getFileName())).toList()));
        }
    }

    private KeyStore open() throws IOException {
        return KeyStore.open(folder, PassphraseSource.none());
    }

    private Path keysFile() throws Exception {
        return StorePath.keysOf(name(ADDRESS, 1)).in(folder);
    }

    private static void write(Path file, Bytes content) throws IOException {
        Files.write(file, content.toArray());
    }

    private static void chmod(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    private static KeyName name(String address, int number) throws Exception {
        return KeyName.of(address, id(number));
    }

    private static ComputationId id(int number) {
        byte[] id = new byte[ComputationId.LENGTH];
        id[0] = (byte) number;
        return new ComputationId(Bytes.copyOf(id));
    }

    private static Passphrase passphrase(String text) {
        return Passphrase.of(text.toCharArray()).withWorkFactor(4);
    }

    private static String text(SecretBytes ascii) {
        return new String(ascii.expose(SecretExposure.acknowledged()), StandardCharsets.US_ASCII);
    }

    private static void assertSame(ParticipantKeys expected, ParticipantKeys actual) {
        var exposure = SecretExposure.acknowledged();
        assertEquals(expected.signing().seed(exposure), actual.signing().seed(exposure));
        assertEquals(expected.receive(), actual.receive());
        assertEquals(expected.encrypt(), actual.encrypt());
        assertNotEquals(actual.receive(), actual.encrypt());
    }

    private static void assertNowhere(Path place, String text) throws IOException {
        try (Stream<Path> all = Files.walk(place)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String content = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertFalse(content.contains(text), file.toString());
            }
        }
    }

    private static String refuses(Kind kind, Executable what) {
        var e = assertThrows(KeyStoreException.class, what);
        assertEquals(kind, e.kind(), e.getMessage());
        return String.valueOf(e.getMessage());
    }
}
